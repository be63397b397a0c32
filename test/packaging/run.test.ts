// The test runner counts raw TAP; a missing result is a failure.

import { join } from 'node:path';
import t, { type Test } from 'tap';
import { runTestFile, totalsOf } from '../run/file.ts';
import { warningsIn } from '../run/tap.ts';

t.test('every result other than a pass is a failure, also a skipped or postponed test', async (t) => {
  t.same(totalsOf('ok 1\n# { total: 7, pass: 7 }\n# time=1ms\n'), { passed: 7, failed: 0 });
  t.same(totalsOf('# { total: 7, pass: 4, fail: 1, todo: 1, skip: 1 }\n'), { passed: 4, failed: 3 });
  t.same(totalsOf('# { total: 2, fail: 2 }\n'), { passed: 0, failed: 2 });
});

t.test('the last summary counts, and a missing one means no test', async (t) => {
  t.same(totalsOf('    # { total: 1, pass: 1 }\n# { total: 3, pass: 3 }\n# { total: 9, pass: 8, fail: 1 }\n'), {
    passed: 8,
    failed: 1,
  });
  t.same(totalsOf('TAP version 14\nBail out!\n'), { passed: 0, failed: 0 });
});

t.test('every warning of Node on stderr is found, and other lines are ignored', async (t) => {
  const text = [
    '(node:12) MaxListenersExceededWarning: Possible EventEmitter memory leak detected.',
    '    at process.emitWarning (node:internal/process/warning:112:24)',
    '(node:7) [DEP0137] DeprecationWarning: Closing a FileHandle object on garbage collection is deprecated.',
    'a program: Warning: nothing of Node',
  ].join('\n');

  t.same(warningsIn(text), [
    'MaxListenersExceededWarning: Possible EventEmitter memory leak detected.',
    '[DEP0137] DeprecationWarning: Closing a FileHandle object on garbage collection is deprecated.',
  ]);
});

/** Runs a program in place of a test file, with time limits in milliseconds. */
async function tallyOf(t: Test, program: string, { timeout = 60_000, grace = 0 } = {}) {
  const folder = t.testdir({ 'x.mjs': program });
  return runTestFile(join(folder, 'x.mjs'), { output: join(folder, 'out.tap'), env: process.env, timeout, grace });
}
const SUMMARY = "console.log('# { total: 3, pass: 3 }');";

t.test('a file that crashes after its last result or has no result fails', async (t) => {
  t.same(await tallyOf(t, SUMMARY), { passed: 3, failed: 0 });
  t.same(await tallyOf(t, `${SUMMARY} process.exitCode = 7;`), { passed: 3, failed: 1, why: 'exit code 7' });
  t.same(await tallyOf(t, `${SUMMARY} process.kill(process.pid, 'SIGKILL');`), {
    passed: 3,
    failed: 1,
    why: 'SIGKILL',
  });
  t.same(await tallyOf(t, "console.log('nothing was tested');"), { passed: 0, failed: 1, why: 'it has no test' });
});

t.test('a file that never ends is killed, and one that requests more time gets it', async (t) => {
  const forEver = 'setInterval(() => {}, 1000);';
  const later = `setTimeout(() => { ${SUMMARY} process.disconnect(); }, 3000);`;

  t.match(await tallyOf(t, `${SUMMARY} ${forEver}`, { timeout: 100, grace: 100 }), {
    failed: 1,
    why: 'killed: it had not ended after 0.2 s',
  });
  // The second request comes right after the first.
  const asks = `process.send({ setTimeout: 1 }); process.send({ setTimeout: 0 }); ${later}`;
  t.same(await tallyOf(t, asks, { grace: 2000 }), { passed: 3, failed: 0 });
  const lessens = `process.send({ setTimeout: 1 }); ${forEver}`;
  t.same(await tallyOf(t, lessens, { timeout: 3_600_000, grace: 100 }), {
    passed: 0,
    failed: 1,
    why: 'killed: it had not ended after 0.101 s',
  });
});
