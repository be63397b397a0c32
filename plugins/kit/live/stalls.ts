// Looks at connections again and again, so that those that have stalled are cut off.

import type { Node } from '../../../core/contract/plugin.ts';

/** Most milliseconds between two looks, and least. */
const LONGEST = 1000;
const SHORTEST = 20;

/** `stall`: after how many milliseconds without progress a connection goes; four looks fit into it. */
export function checkForStalls(node: Pick<Node<unknown>, 'task' | 'clock'>, stall: number, sweep: () => void): void {
  const pause = Math.max(SHORTEST, Math.min(LONGEST, stall / 4));
  node.task(async (signal) => {
    while (!signal.aborted) {
      await node.clock.sleep(pause, signal).catch(() => {});
      sweep();
    }
  });
}
