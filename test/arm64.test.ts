// The marker scan finds the same on every processor. CAMD_LONG=1: on 64-bit ARM too, and camd itself serves a picture there, both by emulation.

import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import t from 'tap';
import { arm64Node } from './support/arm64.ts';
import { dedent } from './support/dedent.ts';
import type { Digests } from './support/scan-digest.ts';

const LONG = process.env.CAMD_LONG === '1';
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'camd-arm64-'));
t.teardown(() => rmSync(folder, { recursive: true }));

t.test('the scan by WebAssembly, the search and a loop find the same markers', async (t) => {
  const outfile = join(folder, 'digest.mjs');
  await build({ entryPoints: ['test/support/scan-digest.ts'], outfile, bundle: true, format: 'esm', platform: 'node' });
  const digestsOf = async ([program = '', ...args]: readonly string[]): Promise<Digests> =>
    JSON.parse((await run(program, [...args, outfile])).stdout) as Digests;

  const own = await digestsOf([process.execPath]);

  t.equal(own.vectors, own.plain);
  t.equal(own.search, own.plain);
  if (!LONG) return;
  const arm = await digestsOf(arm64Node());
  t.same(arm, { ...own, arch: 'arm64' });
});

if (LONG)
  t.test('camd serves a picture on 64-bit ARM', async (t) => {
    const file = join(folder, 'profile.yaml');
    writeFileSync(
      file,
      dedent`
        camd: 1
        control: false
        pipeline:
          camera: { use: source/test-pattern, fps: 1 }
          latest: { use: cache/latest, from: camera }
          local: { use: http/server, listen: '127.0.0.1:0' }
          snapshot: { use: http/snapshot, on: local, path: /snapshot.jpg, from: latest }
      `,
    );
    const [program = '', ...args] = arm64Node();
    const camd = spawn(program, [...args, 'dist/camd.mjs', '--config', file, '--log-format', 'json'], {
      env: { PATH: process.env.PATH, HOME: dirname(file) },
    });
    t.teardown(() => void camd.kill('SIGKILL'));
    const at = await new Promise<string>((resolve, reject) => {
      camd.once('exit', (code) => reject(new Error(`camd ended with ${code}`)));
      createInterface({ input: camd.stderr }).on('line', (line) => {
        const said = JSON.parse(line) as { readonly msg: string; readonly at?: string };
        if (said.msg === 'serving HTTP') resolve(said.at ?? '');
      });
    });

    const answer = await fetch(`${at}/snapshot.jpg?wait=1`);
    const picture = Buffer.from(await answer.arrayBuffer());

    t.equal(answer.status, 200);
    t.same([picture.subarray(0, 2), picture.subarray(-2)], [Buffer.from([0xff, 0xd8]), Buffer.from([0xff, 0xd9])]);
  });
