// Tells the log of a node's states: every change once, a node that flaps at most once per state in a while. Log lines only.

import type { Log } from '../log.ts';
import type { NodeState } from '../status.ts';

/** The same state of one node is reported once in this many milliseconds. */
export const REPORT_MS = 10_000;

export function createReporter(log: Log, monotonic: () => number): (state: NodeState) => void {
  const reported = new Map<NodeState['is'], { at: number; left: number }>();
  return (state) => {
    const now = monotonic();
    const known = reported.get(state.is);
    if (known && now - known.at < REPORT_MS) {
      known.left++;
      return;
    }
    reported.set(state.is, { at: now, left: 0 });
    const repeated = known && known.left > 0 ? { repeated: known.left } : {};
    switch (state.is) {
      case 'running':
        return log.info('node is running', repeated);
      case 'degraded':
        return log.warn('node is degraded', { why: state.why, ...repeated });
      case 'failed': {
        const retry = Math.max(0, Math.round(state.retryAt - state.since));
        return log.error('node has failed', { why: state.why, retry_in_ms: retry, ...repeated });
      }
      default:
        return log.debug(`node is ${state.is}`);
    }
  };
}
