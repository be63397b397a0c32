// What is open at this moment, with what was asked for it: when the rules change, those that they refuse end.

import type { Asked } from './gate.ts';

/** A response or an upgraded socket. */
interface Visit {
  once(event: 'close', listener: () => void): unknown;
  destroy(): unknown;
}

export interface Visits {
  /** Whoever calls it calls `leave` when the visit closes. */
  enter(visit: Visit, asked: Asked): void;
  leave(visit: Visit): void;
  add(visit: Visit, asked: Asked): void;
  /** Ends those that are refused now; returns how many. */
  endThose(refused: (asked: Asked) => boolean): number;
}

export function createVisits(): Visits {
  const open = new Map<Visit, Asked>();
  // One function for all, without a closure per response.
  function onClose(this: Visit): void {
    open.delete(this);
  }
  return {
    enter: (visit, asked) => void open.set(visit, asked),
    leave: (visit) => void open.delete(visit),
    add(visit, asked) {
      open.set(visit, asked);
      visit.once('close', onClose);
    },
    endThose(refused) {
      const gone = [...open].filter(([, asked]) => refused(asked));
      for (const [visit] of gone) visit.destroy();
      return gone.length;
    },
  };
}
