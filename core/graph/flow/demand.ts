// Demand for the frames of a node: each consumer keeps its own wants, and the running instance starts work for the first one.

import type { Release } from '../../contract/ports.ts';

/** The key of a want for all cameras. */
export const ALL = '';

/** The instance that works on demand. */
export interface DemandTarget {
  /** False when it works in any case: it needs no notice of wants. */
  readonly onDemand: boolean;
  start(camera: string): void;
  stop(camera: string): void;
}

/** The cameras that one consumer wants from all its upstream nodes: one list, since a list for each of a thousand sources is too many. */
export interface Wants {
  has(camera: string): boolean;
  cameras(): Iterable<string>;
  /** A followed node has begun or stopped to react to wants. */
  onDemandChanged(): void;
}

/** A node from which consumers want frames. */
export interface Wantable {
  /** False while no instance of the node reacts to wants: `began` and `ended` need not be called. */
  readonly onDemand: boolean;
  /** Holds a want for one camera, or for all, until released. */
  want(camera: string | undefined): Release;
  /** Adds the wants of a consumer. */
  follow(wants: Wants): void;
  /** Removes them. */
  unfollow(wants: Wants): void;
  /** A followed consumer now wants this camera. */
  began(camera: string): void;
  /** A followed consumer no longer wants this camera. */
  ended(camera: string): void;
}

export interface Demand extends Wantable {
  /** The working instance has changed, or an instance now reacts to wants. */
  targetsChanged(): void;
  wanted(): readonly string[];
}

/** Counts the wants of one consumer: calls `began` at the first one of a camera, `ended` after the last. */
export function createWants(changed: {
  began(camera: string): void;
  ended(camera: string): void;
  onDemandChanged?(): void;
}): {
  readonly wants: Wants;
  readonly size: () => number;
  want(camera: string | undefined): Release;
  clear(): void;
} {
  let counts = new Map<string, number>();
  return {
    wants: {
      has: (camera) => counts.has(camera),
      cameras: () => counts.keys(),
      onDemandChanged: () => changed.onDemandChanged?.(),
    },
    size: () => counts.size,
    want(camera = ALL) {
      const own = counts;
      const count = own.get(camera) ?? 0;
      own.set(camera, count + 1);
      if (count === 0) changed.began(camera);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        const left = (own.get(camera) ?? 1) - 1;
        if (left > 0) own.set(camera, left);
        else if (own.delete(camera) && own === counts) changed.ended(camera);
      };
    },
    clear() {
      counts = new Map();
    },
  };
}

/** `targets`: the accepted instances; the last one is the one that works. */
export function createDemand(targets: () => readonly DemandTarget[]): Demand {
  const followed = new Set<Wants>();
  let onDemand = false;
  const began = (camera: string): void => {
    if (onDemand) targets().at(-1)?.start(camera);
  };
  const ended = (camera: string): void => {
    if (!onDemand) return;
    for (const wants of followed) if (wants.has(camera)) return;
    for (const target of targets()) target.stop(camera);
  };
  const own = createWants({ began, ended });
  followed.add(own.wants);
  return {
    get onDemand() {
      return onDemand;
    },
    targetsChanged() {
      const before = onDemand;
      onDemand = targets().some((target) => target.onDemand);
      if (onDemand !== before) for (const wants of followed) wants.onDemandChanged();
    },
    want: own.want,
    began,
    ended,
    follow(wants) {
      followed.add(wants);
      if (onDemand) for (const camera of [...wants.cameras()]) began(camera);
    },
    unfollow(wants) {
      if (followed.delete(wants) && onDemand) for (const camera of [...wants.cameras()]) ended(camera);
    },
    wanted() {
      const all = new Set<string>();
      for (const wants of followed) for (const camera of wants.cameras()) all.add(camera);
      return [...all];
    },
  };
}
