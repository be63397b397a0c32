// The guard on its own: what it returns, whom it tells of a failure, and how often a slow callback is named.

import t from 'tap';
import type { Log } from '../../../../core/base/log.ts';
import { BLOCKED_MS, createGuard } from '../../../../core/graph/run/guard.ts';

function guarded() {
  const failures: unknown[] = [];
  const lines: Record<string, unknown>[] = [];
  let now = 1_000_000;
  // Takes every line: that of the daemon leaves out repeated ones.
  const take =
    (level: string) =>
    (msg: string, fields = {}): void =>
      void lines.push({ level, msg, ...fields });
  const log: Log = {
    debug: take('debug'),
    info: take('info'),
    warn: take('warn'),
    error: take('error'),
    child: () => log,
  };
  const guard = createGuard({
    log,
    monotonic: () => now,
    onFail: (cause) => failures.push(cause),
  });
  return { guard, failures, lines, advance: (ms: number) => (now += ms) };
}

const bug = new Error('a bug');
const throwing = (): never => {
  throw bug;
};

t.test('a call returns the result of the plugin; an error it throws fails the node', (t) => {
  const { guard, failures, lines } = guarded();

  t.equal(
    guard.call('want', () => 7),
    7,
  );
  t.same(failures, []);
  t.equal(guard.call('want', throwing), undefined);
  t.same(failures, [bug]);
  t.match(lines, [{ level: 'error', callback: 'want', cause: 'a bug', stack: bug.stack }]);
  t.end();
});

t.test('each callback is logged once and fails the node each time; a noted fault leaves it running', (t) => {
  const { guard, failures, lines } = guarded();

  guard.noted('route', bug);
  guard.noted('route', bug);
  t.same(failures, []);
  guard.failed('route', bug);
  guard.failed('message', 'no error at all');
  guard.failed('message', bug);

  t.same(failures, [bug, 'no error at all', bug]);
  t.same(
    lines.map(({ callback, cause, stack }) => [callback, cause, stack]),
    [
      ['route', 'a bug', bug.stack],
      ['message', 'no error at all', undefined],
    ],
  );
  t.end();
});

t.test('an awaited call is reported as finished, failed or too slow', async (t) => {
  const { guard, failures } = guarded();
  const timers = (): number => process.getActiveResourcesInfo().filter((one) => one === 'Timeout').length;
  const before = timers();

  t.equal(await guard.finish('defer', async () => {}, 60_000), true);
  t.equal(await guard.finish('defer', throwing, 60_000), false);
  t.equal(await guard.finish('defer', () => Promise.reject(bug), 60_000), false);
  t.equal(timers(), before, 'no timer is left');
  t.same(failures, [bug, bug]);
  t.equal(await guard.finish('dispose', () => new Promise(() => {}), 20), false);
  t.match(failures[2], {
    code: 'overrun',
    blame: 'environment',
    message: 'dispose did not finish within 0.02 s',
  });
});

t.test('a callback that blocks is named at once, and again ten seconds later, each for itself', (t) => {
  const { guard, lines, failures, advance } = guarded();
  const block = (text: string): string => {
    const end = performance.now() + BLOCKED_MS + 5;
    while (performance.now() < end);
    return text;
  };
  const [handler, message] = [guard.timed('handler', block), guard.timed('message', block)];
  const named = (): unknown[] => lines.splice(0).map(({ callback }) => callback);

  t.equal(handler('what it returns'), 'what it returns');
  t.same(named(), ['handler']);
  advance(9_999);
  handler('');
  t.same(named(), []);
  message('');
  t.same(named(), ['message']);
  advance(1);
  handler('');
  t.same(named(), ['handler']);
  guard.timed('parser', (text: string) => text)('quick');
  t.same(named(), []);
  t.throws(
    () =>
      guard.timed('parser', () => {
        block('');
        throwing();
      })(),
    bug,
  );
  t.same(named(), ['parser'], 'one that throws in the end too');
  t.same(failures, []);
  t.end();
});
