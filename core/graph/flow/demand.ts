// Who wants frames of a node: each consumer keeps its own wants, and the running instance starts work for the first one.

import type { Release } from '../../contract/ports.ts';

/** The key of a want for all cameras. */
export const ALL = '';

/** The instance that works for what is wanted. */
export interface DemandTarget {
  /** False when it works in any case: nobody needs to tell it what is wanted. */
  readonly heeds: boolean;
  start(camera: string): void;
  stop(camera: string): void;
}

/** The cameras that one consumer wants of all nodes before it: a list for each of a thousand sources would be a thousand lists. */
export interface Wants {
  has(camera: string): boolean;
  cameras(): Iterable<string>;
  /** A node that follows these heeds wants from now on, or none of it any more. */
  heedsChanged(): void;
}

/** The side of a node that consumers want frames of. */
export interface Wantable {
  /** False while no instance of the node heeds wants: `began` and `ended` need not be called. */
  readonly heeds: boolean;
  /** Holds a want of one camera, or of all, until released. */
  want(camera: string | undefined): Release;
  /** Takes the wants of a consumer into account. */
  follow(wants: Wants): void;
  /** Forgets them. */
  unfollow(wants: Wants): void;
  /** A consumer that is followed wants this camera from now on. */
  began(camera: string): void;
  /** A consumer that is followed does not want this camera any more. */
  ended(camera: string): void;
}

export interface Demand extends Wantable {
  /** Another instance works, or one heeds wants from now on. */
  targetsChanged(): void;
  wanted(): readonly string[];
}

/** Counts the wants of one consumer: `began` for the first one of a camera, `ended` after the last. */
export function createWants(changed: { began(camera: string): void; ended(camera: string): void; heeds?(): void }): {
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
      heedsChanged: () => changed.heeds?.(),
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

/** `targets`: the accepted instances, the one that works last. */
export function createDemand(targets: () => readonly DemandTarget[]): Demand {
  const followed = new Set<Wants>();
  let heeds = false;
  const began = (camera: string): void => {
    if (heeds) targets().at(-1)?.start(camera);
  };
  const ended = (camera: string): void => {
    if (!heeds) return;
    for (const wants of followed) if (wants.has(camera)) return;
    for (const target of targets()) target.stop(camera);
  };
  const own = createWants({ began, ended });
  followed.add(own.wants);
  return {
    get heeds() {
      return heeds;
    },
    targetsChanged() {
      const before = heeds;
      heeds = targets().some((target) => target.heeds);
      if (heeds !== before) for (const wants of followed) wants.heedsChanged();
    },
    want: own.want,
    began,
    ended,
    follow(wants) {
      followed.add(wants);
      if (heeds) for (const camera of [...wants.cameras()]) began(camera);
    },
    unfollow(wants) {
      if (followed.delete(wants) && heeds) for (const camera of [...wants.cameras()]) ended(camera);
    },
    wanted() {
      const all = new Set<string>();
      for (const wants of followed) for (const camera of wants.cameras()) all.add(camera);
      return [...all];
    },
  };
}
