// camd on a real terminal: the last line of a start, SIGHUP while the terminal is there, and the end of camd with it.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { camd } from './support/cli.ts';
import { dedent } from './support/dedent.ts';
import { camdProgram } from './support/program.ts';
import { until } from './support/until.ts';

const PROFILE = dedent`
  camd: 1
  pipeline:
    gate: { use: source/test-pattern, fps: 5, size: 160x120 }
    latest: { use: cache/latest, from: gate }
    web: { use: http/server, listen: '127.0.0.1:0' }
    health: { use: http/health, on: web }
    viewer: { use: http/viewer, on: web, from: latest, path: /cameras }
`;

/** camd on a terminal that `close` takes away, without XDG_RUNTIME_DIR. */
function onTerminal(t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'camd-terminal-'));
  writeFileSync(join(folder, 'profile.yaml'), PROFILE);
  const env = { PATH: process.env.PATH, HOME: folder, NO_COLOR: '1' };
  const command = [...camdProgram(), '--config', join(folder, 'profile.yaml')];
  const child = spawn('python3', ['test/support/on_terminal.py', ...command], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part.replaceAll('\r', '');
  });
  t.teardown(async () => {
    const pid = /^pid (\d+)/.exec(text)?.[1];
    if (pid !== undefined && !/^ended /m.test(text)) process.kill(Number(pid), 'SIGKILL');
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    env: { HOME: folder },
    folder,
    text: () => text,
    pid: () => Number(/^pid (\d+)/.exec(text)?.[1]),
    close: () => child.stdin.end('close\n'),
    ended: () => until(() => /^ended (-?\d+)/m.exec(text)?.[1], 'the end of camd'),
    open: () => until(() => /^Open (\S+) in a browser\.\n/m.exec(text)?.[1], 'the address of the page'),
  };
}

t.test('the address of the page is the last line of a start, and the page is there', async (t) => {
  const terminal = onTerminal(t);

  const address = await terminal.open();

  t.match(address, /^http:\/\/127\.0\.0\.1:\d+\/cameras$/);
  t.match(terminal.text(), /camd is up.*\nOpen \S+ in a browser\.\n$/);
  t.match(await (await fetch(address)).text(), /<html/);

  t.test(
    'without XDG_RUNTIME_DIR the control socket is in a private folder beside the state, and is logged',
    async (t) => {
      const path = join(terminal.folder, '.local/state/camd/control/profile.sock');

      t.match(terminal.text(), `control socket is open {"path":"${path}"}`);
      t.equal(statSync(path).mode & 0o777, 0o600);
      t.equal(statSync(join(path, '..')).mode & 0o777, 0o700);
      t.match(await camd(['status'], { env: terminal.env }), { code: 0, out: /^viewer +http\/viewer +running/m });
    },
  );

  t.test('SIGHUP reloads while the terminal is there', async (t) => {
    process.kill(terminal.pid(), 'SIGHUP');

    await until(() => terminal.text().includes('profile reloaded'), 'a reload');
    t.notMatch(terminal.text(), 'camd is stopping');
  });

  t.test('closing the terminal stops camd in order', async (t) => {
    terminal.close();

    t.equal(await terminal.ended(), '0');
    t.match(await camd(['status'], { env: terminal.env }), { code: 69 });
  });
});
