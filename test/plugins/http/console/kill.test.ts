// http/console: camd is killed at each system call of a save; the profile then holds the old text or the new one.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { ProfileTexts } from '../../../../plugins/http/console/api.ts';
import { until } from '../../../../testing/until.ts';
import { consoleAt, requestConsole } from '../../../support/console.ts';
import { type DaemonProcess, startDaemon } from '../../../support/daemon.ts';
import { dedent } from '../../../support/dedent.ts';
import type { Ending } from '../../../support/harness.ts';

const CALLS = ['openat', 'write', 'fchmod', 'fsync', 'rename', 'close'];
/** More calls of one kind than any save makes; the loop ends at the first call that is not reached. */
const MOST = 20;
const PROFILE = dedent`
  camd: 1
  pipeline:
    hall: { use: source/test-pattern, fps: 1 }   # by the door
    console: { use: http/console, listen: "unix:\${env:XDG_RUNTIME_DIR}/console.sock", edit: true }
`;
const EDITED = PROFILE.replace('fps: 1 }', 'fps: 2, name: Hall }');
const FILES = ['profile.yaml', 'profile.yaml.bak', '.profile.yaml.new', '.profile.yaml.bak.new'];

/** The files that camd has already started with: many calls leave the same files. */
const started = new Set<string>();

/** Kills camd at the nth call of one kind on the files of its profile, once strace has attached itself to every thread. */
async function killAt(t: Ending, camd: DaemonProcess, call: string, nth: number): Promise<{ end(): Promise<void> }> {
  const folder = realpathSync(camd.folder);
  const places = [folder, ...FILES.map((name) => join(folder, name))].flatMap((place) => ['-P', place]);
  const inject = `inject=${call}:signal=SIGKILL:when=${nth}`;
  const strace = spawn('strace', ['-f', '-o', '/dev/null', ...places, '-e', inject, '-p', String(camd.pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(strace, 'exit');
  let output = '';
  strace.stderr.setEncoding('utf8').on('data', (part: string) => {
    output += part;
  });
  t.teardown(() => void strace.kill('SIGKILL'));
  await until(() => /attached/.test(output), 'strace to attach itself');
  return {
    // A signal that reaches camd while strace detaches from it would be lost.
    async end() {
      strace.kill('SIGTERM');
      await ended;
    },
  };
}

/** Kills camd at that call of a save, restarts it with the remaining files, and returns the outcome; undefined if camd survived. */
async function killed(t: Ending, call: string, nth: number): Promise<'old' | 'new' | 'torn' | undefined> {
  // One thread makes all calls on files: strace counts the calls of each thread by itself.
  const camd = await startDaemon(t, PROFILE, { env: { UV_THREADPOOL_SIZE: '1' } });
  const origin = await consoleAt(camd);
  const { revision, files } = (await requestConsole<ProfileTexts>(origin, '/api/profile')).json;
  const strace = await killAt(t, camd, call, nth);
  const body = { files: [{ path: files[0]?.path, text: EDITED }] };
  const headers = { 'if-match': `"${revision}"` };
  const request = requestConsole(origin, '/api/profile/apply', { body, headers }).catch(() => undefined);
  const answer = await Promise.race([request, camd.ended.then(() => undefined)]);
  const text = readFileSync(camd.file, 'utf8');
  if (answer) {
    await strace.end();
    camd.signal('SIGTERM');
    await camd.ended;
    if (text !== EDITED) throw new Error(`answered with ${answer.status}, and left:\n${text}`);
    return undefined;
  }
  if ((await camd.ended) !== 'SIGKILL') throw new Error('camd was not killed');
  if (existsSync(`${camd.file}.bak`) && readFileSync(`${camd.file}.bak`, 'utf8') !== PROFILE) return 'torn';
  const rest = readdirSync(camd.folder).filter((name) => FILES.includes(name) && name !== 'profile.yaml');
  const left = Object.fromEntries(rest.map((name) => [name, readFileSync(join(camd.folder, name), 'utf8')]));
  const leftFiles = JSON.stringify([text, left]);
  if (!started.has(leftFiles)) {
    const again = await startDaemon(t, text, { files: left });
    again.signal('SIGTERM');
    await again.ended;
    started.add(leftFiles);
  }
  return text === PROFILE ? 'old' : text === EDITED ? 'new' : 'torn';
}

t.test('a console save interrupted by kill -9 leaves a complete profile, and camd starts with it', async (t) => {
  const outcomes: Record<string, number> = { old: 0, new: 0, torn: 0 };
  for (const call of CALLS) {
    for (let nth = 1; ; nth++) {
      if (nth > MOST) throw new Error(`more than ${MOST} calls of ${call}`);
      const outcome = await killed(t, call, nth);
      if (outcome === undefined) break;
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  }

  t.comment(JSON.stringify(outcomes));
  t.equal(outcomes.torn, 0);
  t.ok(outcomes.old, 'killed before the rename');
  t.ok(outcomes.new, 'killed after it');
});
