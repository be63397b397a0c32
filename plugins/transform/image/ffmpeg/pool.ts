// Keeps running ffmpegs, one for each size of picture, and passes pictures to free ones.

import { environment } from '../../../../core/contract/problems.ts';
import type { Worker } from './worker.ts';

export interface Pool {
  /** `argv` is the command line that changes this picture; ffmpegs with the same one are reused. */
  change(argv: readonly string[], jpeg: Buffer): Promise<Buffer>;
  stop(): Promise<void>;
}

interface Slot {
  readonly key: string;
  readonly worker: Promise<Worker>;
  busy: boolean;
}

/** At most `most` ffmpegs run. A picture of another size replaces the one that was idle for longest. */
export function createPool(most: number, start: (argv: readonly string[]) => Promise<Worker>): Pool {
  /** In order of use, the last used one at the end. */
  let slots: Slot[] = [];
  const waiting: (() => void)[] = [];
  let stopped = false;

  const remove = (slot: Slot): void => {
    slots = slots.filter((other) => other !== slot);
  };
  const end = (slot: Slot): Promise<void> => {
    remove(slot);
    return slot.worker.then(
      (worker) => worker.stop(),
      () => {},
    );
  };
  const acquire = async (argv: readonly string[]): Promise<Slot> => {
    const key = argv.join('\0');
    for (;;) {
      if (stopped) throw environment('transform-failed', 'The node has stopped.');
      const free = slots.filter(({ busy }) => !busy);
      const same = free.find((slot) => slot.key === key);
      if (!same && slots.length >= most && free.length === 0) {
        await new Promise<void>((resolve) => waiting.push(resolve));
        continue;
      }
      if (!same && slots.length >= most && free[0]) void end(free[0]);
      if (same) remove(same);
      const slot = same ?? { key, worker: start(argv), busy: true };
      slot.busy = true;
      slots.push(slot);
      return slot;
    }
  };

  return {
    async change(argv, jpeg) {
      const slot = await acquire(argv);
      try {
        const worker = await slot.worker;
        const result = await worker.change(jpeg);
        if (!worker.usable()) remove(slot);
        return result;
      } catch (cause) {
        void end(slot);
        throw cause;
      } finally {
        slot.busy = false;
        waiting.shift()?.();
      }
    },
    async stop() {
      stopped = true;
      for (const wake of waiting.splice(0)) wake();
      await Promise.all(slots.map(end));
    },
  };
}
