// Log lines about a node's states, and their rate limit.

import t from 'tap';
import { createLog } from '../../../../core/base/log.ts';
import type { NodeState } from '../../../../core/contract/status.ts';
import { createReporter, MAX_REASONS, REPORT_MS } from '../../../../core/graph/run/state-log.ts';
import { manualClock, settle } from '../../../support/manual-clock.ts';

const RUNNING: NodeState = { is: 'running', since: 0 };
const degraded = (why: string): NodeState => ({ is: 'degraded', since: 0, why });

function reporter() {
  const time = manualClock();
  const { clock } = time;
  const lines: { msg: string; why?: string; repeated?: number }[] = [];
  const log = createLog({
    level: 'info',
    write: (line) => void lines.push(JSON.parse(line)),
    monotonic: clock.monotonic,
  });
  const messages = (): string[] => lines.splice(0).map(({ msg, why }) => (why ? `${msg}: ${why}` : msg));
  return { time, lines, messages, report: createReporter(log, clock) };
}

t.test('a flapping node is logged once per state, and again with a count if it continues', async (t) => {
  const { time, lines, messages, report } = reporter();

  for (let i = 0; i < 50; i++) {
    report(degraded('the camera is away'));
    report(RUNNING);
  }
  t.same(messages(), ['node is degraded: the camera is away', 'node is running']);

  await time.advance(REPORT_MS);
  report(degraded('the camera is away'));
  t.match(lines, [{ msg: 'node is degraded', repeated: 49 }]);
});

t.test('the final state is logged', async (t) => {
  const { time, messages, report } = reporter();

  report(degraded('the camera is away'));
  report(RUNNING);
  report(degraded('the camera is away'));
  t.same(messages(), ['node is degraded: the camera is away', 'node is running']);

  await time.advance(REPORT_MS);
  t.same(messages(), ['node is degraded: the camera is away']);
});

t.test('a new reason is logged at once, a few times', async (t) => {
  const { time, messages, report } = reporter();

  for (let i = 0; i <= MAX_REASONS; i++) report(degraded(`reason ${i}`));
  t.same(messages(), ['node is degraded: reason 0', 'node is degraded: reason 1', 'node is degraded: reason 2']);

  await time.advance(REPORT_MS);
  t.same(messages(), ['node is degraded: reason 3']);
});

t.test('a stopped node logs nothing more', async (t) => {
  const { time, messages, report } = reporter();
  report(degraded('the camera is away'));
  report(RUNNING);
  report(degraded('the camera is away'));
  messages();

  report({ is: 'stopped', since: 0 });
  await time.advance(REPORT_MS);
  await settle();

  t.same(messages(), []);
  t.equal(time.sleepers(), 0);
});

t.test('the log line of a failed node contains the time of the next try', (t) => {
  const { lines, report } = reporter();

  report({ is: 'failed', since: 5000, why: 'soon', retryAt: 5200.4 });
  report({ is: 'failed', since: 5000, why: 'at once', retryAt: 4999 });
  report({ is: 'failed', since: 5000, why: 'the profile' });

  t.match(lines, [
    { msg: 'node has failed', why: 'soon', retry_in_ms: 200 },
    { msg: 'node has failed', why: 'at once', retry_in_ms: 0 },
    { msg: 'node has failed', why: 'the profile', retry: 'after the next reload' },
  ]);
  t.end();
});

t.test('only what was left out is counted', async (t) => {
  const { time, lines, report } = reporter();
  const counts = (): unknown[] => lines.splice(0).map(({ msg, repeated }) => [msg, repeated]);

  report(degraded('the camera is away'));
  report(RUNNING);
  report(degraded('the camera is dark'));
  report(RUNNING);
  await time.advance(REPORT_MS - 1);
  report(degraded('the camera is dark'));
  t.same(counts(), [
    ['node is degraded', undefined],
    ['node is running', undefined],
    ['node is degraded', undefined],
  ]);
  report(RUNNING);
  await time.advance(1);
  t.same(counts(), [['node is running', 1]], 'it stays so; once it was left out before');
  report(degraded('the camera is dark'));

  t.same(counts(), [['node is degraded', 1]]);
});

t.test('a line that was logged late is not repeated soon', async (t) => {
  const { time, lines, messages, report } = reporter();
  const away = degraded('the camera is away');
  for (const state of [away, RUNNING, away]) report(state);
  messages();
  await time.advance(REPORT_MS);
  t.same(messages(), ['node is degraded: the camera is away']);

  report(RUNNING);
  report(away);
  t.same(messages(), ['node is running']);
  await time.advance(REPORT_MS);

  t.same(
    lines.map(({ msg, repeated }) => [msg, repeated]),
    [['node is degraded', undefined]],
    'no other line was left out',
  );
});
