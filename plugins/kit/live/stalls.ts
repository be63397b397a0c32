// Checks connections periodically, so that stalled ones are closed.

import type { Node } from '../../../core/contract/plugin.ts';

/** Longest and shortest pause between two checks. Milliseconds. */
const LONGEST = 1000;
const SHORTEST = 20;

/** `stall`: milliseconds without progress after which a connection is closed; `sweep` checks four times in that time. */
export function checkForStalls(node: Pick<Node<unknown>, 'task' | 'clock'>, stall: number, sweep: () => void): void {
  const pause = Math.max(SHORTEST, Math.min(LONGEST, stall / 4));
  node.task(async (signal) => {
    while (!signal.aborted) {
      await node.clock.sleep(pause, signal).catch(() => {});
      sweep();
    }
  });
}
