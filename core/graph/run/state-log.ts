// Logs every state change of a node, and rate-limits the lines of a node that flaps.

import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { NodeState } from '../../contract/status.ts';

/** The same state of one node, for the same reason, is reported once in this many milliseconds. */
export const REPORT_MS = 10_000;
/** Distinct reasons of one state that are reported in that time. */
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

  const tell = (state: NodeState, left: number): void => {
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
      return tell(state, known?.left ?? 0);
    }
    if (!known.reasons.has(why) && known.reasons.size < MAX_REASONS) {
      known.reasons.add(why);
      return tell(state, 0);
    }
    known.left++;
    if (state.is === 'stopped') return;
    // The last line must not say that it runs when it has long ceased to.
    later = new AbortController();
    clock.sleep(wait, later.signal).then(
      () => {
        if (last?.is === state.is && reasonOf(last) === why) return;
        reported.set(state.is, { at: clock.monotonic(), reasons: new Set([why]), left: 0 });
        tell(state, known.left - 1);
      },
      () => {},
    );
  };
}

const reasonOf = (state: NodeState): string => ('why' in state ? state.why : '');
