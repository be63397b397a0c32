// Lists open responses and sockets with their access, and ends those that changed rules refuse.

import type { Access } from './gate.ts';

/** A response or an upgraded socket. */
interface Visit {
  once(event: 'close', listener: () => void): unknown;
  destroy(): unknown;
}

export interface Visits {
  /** The caller must call `leave` when the visit closes. */
  enter(visit: Visit, access: Access): void;
  leave(visit: Visit): void;
  add(visit: Visit, access: Access): void;
  /** Ends the refused visits and returns their number. */
  endThose(refused: (access: Access) => boolean): number;
}

export function createVisits(): Visits {
  const open = new Map<Visit, Access>();
  // One function for all visits saves a closure per visit.
  function onClose(this: Visit): void {
    open.delete(this);
  }
  return {
    enter: (visit, access) => void open.set(visit, access),
    leave: (visit) => void open.delete(visit),
    add(visit, access) {
      open.set(visit, access);
      visit.once('close', onClose);
    },
    endThose(refused) {
      const gone = [...open].filter(([, access]) => refused(access));
      for (const [visit] of gone) visit.destroy();
      return gone.length;
    },
  };
}
