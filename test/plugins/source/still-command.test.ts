// The command line of source/still on machines where the programs in front of the camera program work or fail.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { commandLine } from '../../../plugins/source/still/command.ts';
import type { SourceStillOptions } from '../../../schemas/source/still.ts';

const OPTIONS: SourceStillOptions = {
  quality: 90,
  rotate: 0,
  camera_number: 0,
  arguments: [],
  trigger: 'USR1',
  ready: 'configuring streams',
  output: 'file',
  parse: 'mjpeg',
  every: 2000,
  start_timeout: 20_000,
  timeout: 10_000,
  grace: 2000,
  mode: 'always',
  linger: 10_000,
  capture_timeout: 10_000,
};

/** A PATH with these scripts and nothing else. */
function pathWith(t: Test, scripts: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'camd-path-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

const argvOn = async (path: string): Promise<readonly string[]> =>
  (await commandLine(OPTIONS, '/run/still.jpg', path)).argv;

t.test('setpriv runs the program where it works, so that the program ends with camd', async (t) => {
  const argv = await argvOn(pathWith(t, { setpriv: 'exit 0', 'rpicam-still': '' }));

  t.same(argv.slice(0, 5), ['setpriv', '--pdeathsig', 'KILL', '--', 'rpicam-still']);
});

t.test('without setpriv, or where it fails in a sandbox, the program runs directly', async (t) => {
  const refused = { setpriv: 'echo "setpriv: activate capabilities: Operation not permitted" >&2; exit 127' };

  t.equal((await argvOn(pathWith(t, { ...refused, 'rpicam-still': '' })))[0], 'rpicam-still');
  t.equal((await argvOn(pathWith(t, { 'libcamera-still': '' })))[0], 'libcamera-still');
});
