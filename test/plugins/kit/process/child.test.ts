// Child processes: none remains, whatever they do.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { isFault } from '../../../../core/contract/problems.ts';
import { type Child, startChild } from '../../../../plugins/kit/process/child.ts';
import { childEnvironment } from '../../../../plugins/kit/process/environment.ts';
import { createLineReader } from '../../../../plugins/kit/process/lines.ts';
import { createStderrLog } from '../../../../plugins/kit/process/stderr-log.ts';
import { until } from '../../../support/until.ts';

/** Running processes and zombies of this test, by command line or group. */
function left(marker: string): string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      // A zombie has no command line; those of this test are counted below.
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (command.includes(marker)) found.push(`${pid} ${command}`);
    } catch {
      // The process has ended meanwhile.
    }
  }
  return found;
}

/** Zombies that this process has not reaped. */
function zombies(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
        const [state, parent] = rest.split(' ');
        return state === 'Z' && Number(parent) === process.pid;
      } catch {
        return false;
      }
    });
}

interface Started {
  readonly child: Child;
  readonly output: () => string;
  readonly lines: string[];
}

async function start(
  argv: readonly string[],
  more: { grace?: number; env?: Record<string, string>; cwd?: string } = {},
): Promise<Started> {
  const chunks: Buffer[] = [];
  const lines: string[] = [];
  const child = await startChild({
    argv,
    grace: more.grace ?? 5000,
    env: more.env,
    cwd: more.cwd,
    onOutput: (chunk) => void chunks.push(chunk),
    onErrorLine: (line) => void lines.push(line),
  });
  return { child, output: () => Buffer.concat(chunks).toString(), lines };
}

/** A marker unique to this test and run. */
const unique = (name: string): string => `camd-${name}-${process.pid}-${Math.random().toString(36).slice(2)}`;

t.test('the output is complete when the child has ended, and arguments are not interpreted', async (t) => {
  const { child, output, lines } = await start(['printf', '%s|', '$HOME', '`id`', 'a b', ';exit']);

  const exit = await child.ended;

  t.same(exit, { code: 0, signal: null });
  t.equal(output(), '$HOME|`id`|a b|;exit|');
  t.same(lines, []);
});

t.test('ten megabytes of output arrive before the end is reported', async (t) => {
  const { child, output } = await start(['head', '-c', '10000000', '/dev/zero']);

  await child.ended;

  t.equal(output().length, 10_000_000);
});

t.test('the last words of a child are read although camd was busy when it ended', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'camd-child-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const go = join(folder, 'go');
  const late = await start(['sh', '-c', 'while [ ! -e "$0" ]; do sleep 0.01; done; echo last words >&2', go]);
  const isZombie = (pid: number): boolean => readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ');
  const first = await startChild({
    argv: ['echo', 'first'],
    grace: 1000,
    onErrorLine() {},
    // While this thread is busy, the other child writes and ends: the end of this one, read in the same turn, reaps both.
    onOutput() {
      writeFileSync(go, '');
      while (!isZombie(late.child.pid));
    },
  });
  // The output of the first child and its end arrive in one turn.
  while (!isZombie(first.pid));
  await first.ended;
  const from = performance.now();
  while (performance.now() - from < 500);
  await late.child.ended;

  t.same(late.lines, ['last words']);
});

t.test('a missing command or folder is reported by name', async (t) => {
  const missing = await start(['camd-no-such-program', '-x']).catch((cause: unknown) => cause);
  const folder = await start(['true'], { cwd: '/no/such/folder' }).catch((cause: unknown) => cause);
  const forbidden = await start(['/etc/passwd']).catch((cause: unknown) => cause);

  t.match(missing, { blame: 'environment', code: 'no-command', message: /camd-no-such-program was not found/ });
  t.match(folder, { message: 'The folder /no/such/folder of true does not exist.' });
  t.match(forbidden, {
    message: 'The command /etc/passwd cannot be executed by this user: the permission is missing.',
  });
  t.ok(isFault(missing));
});

t.test('a child is terminated with SIGTERM first and may still write output', async (t) => {
  const { child, output } = await start([
    'sh',
    '-c',
    'trap "echo bye; exit 3" TERM; echo up; while :; do sleep 0.05; done',
  ]);
  await until(() => output().includes('up'), 'the child to be up');

  const exit = await child.stop();

  t.same(exit, { code: 3, signal: null });
  t.equal(output(), 'up\nbye\n');
});

t.test('a child that ignores SIGTERM is killed after the grace period', async (t) => {
  const { child, output } = await start(['sh', '-c', 'trap "" TERM; echo up; while :; do sleep 0.05; done'], {
    grace: 100,
  });
  await until(() => output().includes('up'), 'the child to be up');

  const exit = await child.stop();

  t.same(exit, { code: null, signal: 'SIGKILL' });
});

t.test('a child that is stopped (SIGSTOP) ends as well', async (t) => {
  const { child } = await start(['sleep', '1000']);
  process.kill(child.pid, 'SIGSTOP');

  const exit = await child.stop();

  t.same(exit, { code: null, signal: 'SIGTERM' });
});

t.test('grandchildren end with the group, also if the leader has died first or they ignore SIGTERM', async (t) => {
  const marker = unique('grandchild');
  const stubborn = `sh -c 'trap "" TERM; while :; do sleep 0.05; done' ${marker} &`;
  const forking = await start(['sh', '-c', `sh -c 'while :; do sleep 0.05; done' ${marker} & echo up; wait`]);
  const orphaning = await start(['sh', '-c', `${stubborn} echo up; exit 7`], { grace: 100 });
  const killed = await start(['sh', '-c', `${stubborn} echo up; wait`], { grace: 100 });
  await until(() => [forking, orphaning, killed].every(({ output }) => output().includes('up')), 'all to be up');

  process.kill(killed.child.pid, 'SIGKILL');
  const exits = await Promise.all([forking.child.stop(), orphaning.child.ended, killed.child.ended]);

  t.same(exits, [
    { code: null, signal: 'SIGTERM' },
    { code: 7, signal: null },
    { code: null, signal: 'SIGKILL' },
  ]);
  await until(() => left(marker).length === 0, 'the grandchildren to be gone');
});

t.test('a daemon outside its group and session is found and ended', async (t) => {
  const marker = unique('daemon');
  const daemon = `setsid sh -c 'trap "" TERM HUP; while :; do sleep 0.05; done' ${marker} </dev/null >/dev/null 2>&1 &`;
  const { child, output } = await start(['sh', '-c', `${daemon} echo up; wait`], { grace: 100 });
  // Before that, the marker is also in the command line of the shell that starts it.
  const isUp = () => left(marker).some((line) => !line.includes('setsid'));
  await until(() => output().includes('up') && isUp(), 'the daemon to be up');

  await child.stop();

  await until(() => left(marker).length === 0, 'the daemon to be gone');
  t.pass();
});

t.test('after 100 killed children, half of them forking, no zombie and no orphan remains', async (t) => {
  const marker = unique('hundred');
  for (let round = 0; round < 10; round++) {
    const batch = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        index % 2 === 0
          ? start(['sleep', '1000'])
          : start(['sh', '-c', `sh -c 'while :; do sleep 0.2; done' ${marker} & wait`], { grace: 50 }),
      ),
    );

    for (const { child } of batch) process.kill(child.pid, 'SIGKILL');
    const exits = await Promise.all(batch.map(({ child }) => child.ended));

    if (!exits.every(({ signal }) => signal === 'SIGKILL')) t.fail('a child ended otherwise');
  }

  await until(() => left(marker).length === 0, 'all grandchildren to be gone');
  t.same(zombies(), []);
});

t.test('many children at once cause no warning', async (t) => {
  const before = process.listenerCount('exit');
  const children = await Promise.all(Array.from({ length: 20 }, () => start(['sleep', '1000'])));

  t.equal(process.listenerCount('exit'), before);
  await Promise.all(children.map(({ child }) => child.stop()));
});

t.test('a child receives no secrets of camd and none of its systemd variables', async (t) => {
  const ours = {
    PATH: '/bin',
    HOME: '/h',
    LC_ALL: 'C',
    DISPLAY: ':0',
    PRUSA_TOKEN: 's',
    NOTIFY_SOCKET: '/n',
    LISTEN_FDS: '1',
  };

  const given = childEnvironment(ours, { LIBCAMERA_LOG_LEVELS: '*:ERROR', PATH: '/opt/bin' });

  t.same(given, { PATH: '/opt/bin', HOME: '/h', LC_ALL: 'C', DISPLAY: ':0', LIBCAMERA_LOG_LEVELS: '*:ERROR' });
});

t.test('a child runs in its folder with its environment', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'camd-child-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const { child, output } = await start(['sh', '-c', 'pwd; echo $GREETING; touch here'], {
    cwd: folder,
    env: { GREETING: 'hello' },
  });

  await child.ended;

  t.match(output(), `${folder}\nhello\n`);
  t.ok(existsSync(join(folder, 'here')));
});

t.test('stderr is split into lines, for any line ending and any chunk size', async (t) => {
  const lines: string[] = [];
  const reader = createLineReader(12, (line) => void lines.push(line));
  const bytes = Buffer.from('one\r\ntwo\rthree\n\n   \n\x1b[31mred\nthis is much too long\nlast ü');

  for (const byte of bytes) reader.push(Buffer.from([byte]));
  reader.end();

  t.same(lines, ['one', 'two', 'three', '\ufffd[31mred', 'this is much…', 'last ü']);
});

t.test('the log rate of a verbose program is limited, and its last error line is kept', async (t) => {
  const logged: (Readonly<Record<string, unknown>> | undefined)[] = [];
  const log = {
    debug() {},
    info: (_: string, fields?: Readonly<Record<string, unknown>>) => void logged.push(fields),
    warn() {},
    error() {},
    child: () => log,
  };
  let now = 0;
  const stderrLog = createStderrLog(log, { monotonic: () => now });

  stderrLog.line('ERROR: *** no cameras available ***');
  for (let frame = 0; frame < 500; frame++) stderrLog.line(`#${frame} (30.00 fps)`);
  now = 10_001;
  stderrLog.line('#500');

  t.equal(logged.length, 21);
  t.same(logged.at(-1), { line: '#500', left_out: 481 });
  t.equal(stderrLog.lastErrorLine(), 'ERROR: *** no cameras available ***');
  stderrLog.line('rtsp://admin:s3cret@cam/1: Connection refused, error');
  t.equal(stderrLog.lastErrorLine(), 'rtsp://***@cam/1: Connection refused, error');
  stderrLog.reset();
  t.equal(stderrLog.lastErrorLine(), undefined);
});

t.test('a child ends with a camd that ends without stopping it', async () => {
  const marker = `${100_000 + process.pid}.5`;
  const program = `
    import { startChild } from './plugins/kit/process/child.ts';
    const options = { argv: ['sleep', '${marker}'], grace: 1000, onOutput() {}, onErrorLine() {} };
    startChild(options).then(() => process.exit(0));
  `;

  execFileSync(process.execPath, ['--import=tsx', '--input-type=module', '--eval', program]);

  await until(() => left(marker).length === 0, 'the child to be gone');
});
