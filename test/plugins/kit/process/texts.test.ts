// Texts of programs: lines, error lines, environments, complete outputs.

import t from 'tap';
import type { Log } from '../../../../core/base/log.ts';
import { childEnvironment } from '../../../../plugins/kit/process/environment.ts';
import { createLineReader } from '../../../../plugins/kit/process/lines.ts';
import { outputOf } from '../../../../plugins/kit/process/output.ts';
import { createStderrLog } from '../../../../plugins/kit/process/stderr-log.ts';
import { manualClock } from '../../../support/manual-clock.ts';

function lines(max: number, ...chunks: readonly string[]): readonly string[] {
  const found: string[] = [];
  const reader = createLineReader(max, (line) => void found.push(line));
  for (const chunk of chunks) reader.push(Buffer.from(chunk, 'latin1'));
  found.push('(end)');
  reader.end();
  return found;
}

t.test('a line ends with LF, CR LF or CR, for any chunk size', (t) => {
  t.same(lines(100, 'a\nb\r\nc\rd'), ['a', 'b', 'c', '(end)', 'd']);
  t.same(lines(100, 'a', 'b', '\n', '\n\r', ' \n', 'c\n'), ['ab', 'c', '(end)']);
  t.same(lines(100), ['(end)']);
  t.same(lines(100, 'caf\xc3', '\xa9\n'), ['café', '(end)']);
  t.end();
});

t.test('a line over the limit is truncated, and the next one is complete', (t) => {
  t.same(lines(3, 'abc\nabcd\nab\n'), ['abc', 'abc…', 'ab', '(end)']);
  t.same(lines(3, 'abcdefg'), ['(end)', 'abc…']);
  t.end();
});

t.test('control characters cannot reach a terminal', (t) => {
  t.same(lines(100, '\x1b[31mred\x07\tblue \n'), ['\ufffd[31mred\ufffd blue', '(end)']);
  t.end();
});

function stderrLog() {
  const written: [string, Readonly<Record<string, unknown>>][] = [];
  const time = manualClock();
  const log = { info: (text: string, fields: Readonly<Record<string, unknown>>) => void written.push([text, fields]) };
  return { made: createStderrLog(log as unknown as Log, time.clock), written, time };
}

t.test('the last line that looks like an error explains an end, or else the last line', (t) => {
  const { made } = stderrLog();
  t.equal(made.lastErrorLine(), undefined);
  made.line('starting');
  t.equal(made.lastErrorLine(), 'starting');
  made.line('Error: first');
  made.line('Device or resource BUSY');
  made.line('bye');
  t.equal(made.lastErrorLine(), 'Device or resource BUSY');
  made.reset();
  t.equal(made.lastErrorLine(), undefined);
  made.line('again');
  t.equal(made.lastErrorLine(), 'again');
  t.end();
});

t.test('the password of a URL is masked', (t) => {
  const { made, written } = stderrLog();
  made.line('cannot open rtsp://u:p@cam/1 nor http://cam/a@b');

  t.equal(made.lastErrorLine(), 'cannot open rtsp://***@cam/1 nor http://cam/a@b');
  t.match(written, [[String, { line: 'cannot open rtsp://***@cam/1 nor http://cam/a@b' }]]);
  t.end();
});

t.test('the number of lines logged in ten seconds is limited, and the number of skipped ones is logged', async (t) => {
  const { made, written, time } = stderrLog();
  for (let index = 1; index <= 25; index++) made.line(`line ${index}`);
  t.equal(written.length, 20);
  t.same(written.at(-1)?.[1], { line: 'line 20' });
  await time.advance(9999);
  made.line('line 26');
  t.equal(written.length, 20);
  await time.advance(1);
  made.line('line 27');
  made.line('line 28');
  t.same(
    written.slice(20).map(([, fields]) => fields),
    [{ line: 'line 27', left_out: 6 }, { line: 'line 28' }],
  );
  t.equal(made.lastErrorLine(), 'line 28');
  t.end();
});

t.test('a child receives standard and given variables, and no secret', (t) => {
  const ours = {
    PATH: '/bin',
    LC_ALL: 'C',
    GST_DEBUG: '2',
    TOKEN: 's',
    LISTEN_FDS: '3',
    NOTIFY_SOCKET: '/x',
    XPATH: 'x',
    HOME: undefined,
  };

  t.strictSame(childEnvironment(ours), { PATH: '/bin', LC_ALL: 'C', GST_DEBUG: '2' });
  t.strictSame(childEnvironment(ours, { PATH: '/own', TOKEN: 't' }), {
    PATH: '/own',
    LC_ALL: 'C',
    GST_DEBUG: '2',
    TOKEN: 't',
  });
  t.end();
});

const node = (code: string): readonly string[] => [process.execPath, '-e', code];

t.test('a program runs to its end and returns its output and status', async (t) => {
  t.strictSame(
    await outputOf(node('console.log(process.env.LC_ALL); console.error("e1\\ne2"); process.exitCode = 3'), 60_000),
    {
      code: 3,
      out: 'C\n',
      err: 'e1\ne2\n',
    },
  );
  await t.rejects(outputOf(['/nonexistent/program'], 60_000), { code: 'no-command' });
});

t.test('the kept output is limited', async (t) => {
  const { out, err, code } = await outputOf(
    node('process.stdout.write("x".repeat(1e6)); process.stderr.write(("y".repeat(99) + "\\n").repeat(5000))'),
    60_000,
  );

  t.equal(code, 0);
  t.equal(out.length, 256 * 1024);
  t.ok(err.length >= 256 * 1024 && err.length < 256 * 1024 + 100, String(err.length));
});

t.test('a program that takes too long, or whose caller aborts, is stopped and has no status', async (t) => {
  const endless = node('setInterval(() => {}, 1000)');

  t.equal((await outputOf(endless, 20)).code, undefined);
  t.equal((await outputOf(endless, 60_000, AbortSignal.abort())).code, undefined);
  const control = new AbortController();
  const running = outputOf(endless, 60_000, control.signal);
  setTimeout(() => control.abort(), 20);
  t.equal((await running).code, undefined);
});
