// Logs every state change of a node, and limits the rate of log lines for a node that flaps.

import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { NodeState } from '../../contract/status.ts';

/** A state with the same reason is logged at most once per node in this time. Milliseconds. */
export const REPORT_MS = 10_000;
/** Most distinct reasons of one state that are logged in that time. */
export const MAX_REASONS = 3;

interface Reported {
  readonly at: number;
  readonly reasons: Set<string>;
  left: number;
}

export function createReporter(log: Log, clock: Pick<Clock, 'monotonic' | 'sleep'>): (state: NodeState) => void {
  const reported = new Map<NodeState['is'], Reported>();
  let last: NodeState | undefined;
  let later = new AbortController();

  const logState = (state: NodeState, left: number): void => {
    last = state;
    const repeated = left > 0 ? { repeated: left } : {};
    if (state.is === 'running') log.info('node is running', repeated);
    else if (state.is === 'degraded') log.warn('node is degraded', { why: state.why, ...repeated });
    else if (state.is === 'failed') {
      const retry =
        state.retryAt === undefined
          ? { retry: 'after the next reload' }
          : { retry_in_ms: Math.max(0, Math.round(state.retryAt - state.since)) };
      log.error('node has failed', { why: state.why, ...retry, ...repeated });
    } else log.debug(`node is ${state.is}`);
  };

  return (state) => {
    later.abort();
    const now = clock.monotonic();
    const why = reasonOf(state);
    const known = reported.get(state.is);
    const wait = known ? known.at + REPORT_MS - now : 0;
    if (!known || wait <= 0) {
      reported.set(state.is, { at: now, reasons: new Set([why]), left: 0 });
      return logState(state, known?.left ?? 0);
    }
    if (!known.reasons.has(why) && known.reasons.size < MAX_REASONS) {
      known.reasons.add(why);
      return logState(state, 0);
    }
    known.left++;
    if (state.is === 'stopped') return;
    // Logs the final state later, so that the last line is not an outdated "running".
    later = new AbortController();
    clock.sleep(wait, later.signal).then(
      () => {
        if (last?.is === state.is && reasonOf(last) === why) return;
        reported.set(state.is, { at: clock.monotonic(), reasons: new Set([why]), left: 0 });
        logState(state, known.left - 1);
      },
      () => {},
    );
  };
}

const reasonOf = (state: NodeState): string => ('why' in state ? state.why : '');
