// Who wants frames of a node: the wants of all consumers are counted, and the running instance starts work for the first one.

import type { Release } from '../../contract/ports.ts';

/** The key of a want for all cameras. */
export const ALL = '';

/** The instance that works for what is wanted. */
export interface DemandTarget {
  start(camera: string): void;
  stop(camera: string): void;
}

export interface Demand {
  /** Holds a want of one camera, or of all, until released. */
  want(camera: string | undefined): Release;
  wanted(): readonly string[];
}

/** `targets`: the accepted instances, the one that works last. */
export function createDemand(targets: () => readonly DemandTarget[]): Demand {
  const counts = new Map<string, number>();
  return {
    want(camera = ALL) {
      const count = counts.get(camera) ?? 0;
      counts.set(camera, count + 1);
      if (count === 0) targets().at(-1)?.start(camera);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        const left = (counts.get(camera) ?? 1) - 1;
        if (left > 0) counts.set(camera, left);
        else {
          counts.delete(camera);
          for (const target of targets()) target.stop(camera);
        }
      };
    },
    wanted: () => [...counts.keys()],
  };
}
