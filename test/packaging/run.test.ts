// The test runner counts from raw TAP, and a missing result is a failure.

import t from 'tap';
import { totalsOf, warningsIn } from '../run/tap.ts';

t.test('everything that did not pass has failed, also what was skipped or left for later', async (t) => {
  t.same(totalsOf('ok 1\n# { total: 7, pass: 7 }\n# time=1ms\n'), { passed: 7, failed: 0 });
  t.same(totalsOf('# { total: 7, pass: 4, fail: 1, todo: 1, skip: 1 }\n'), { passed: 4, failed: 3 });
  t.same(totalsOf('# { total: 2, fail: 2 }\n'), { passed: 0, failed: 2 });
});

t.test('the last summary counts, and none at all is no test', async (t) => {
  t.same(totalsOf('    # { total: 1, pass: 1 }\n# { total: 3, pass: 3 }\n# { total: 9, pass: 8, fail: 1 }\n'), {
    passed: 8,
    failed: 1,
  });
  t.same(totalsOf('TAP version 14\nBail out!\n'), { passed: 0, failed: 0 });
});

t.test('every warning of Node on stderr is found, and other lines are none', async (t) => {
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
