// Picks one picture from each of several streams, so that their capture times are as close as possible.

export interface Timed {
  /** Milliseconds on a clock that the streams share. */
  readonly taken: number;
}

export interface Pairing<Shot extends Timed> {
  /** The next picture of a stream; returns a set as soon as one within the limit is complete. */
  add(stream: number, shot: Shot): PairedSet<Shot> | undefined;
  /** Sets that were compared. */
  readonly attempts: number;
  /** The closest set so far. */
  readonly best: PairedSet<Shot> | undefined;
}

export interface PairedSet<Shot> {
  /** One of each stream, in their order. */
  readonly shots: readonly Shot[];
  /** Milliseconds between the first and the last of them. */
  readonly skew: number;
}

/** Pictures that are kept of each stream; two would suffice for two streams of equal rate. */
const KEPT = 4;

/**
 * A set is compared when no later picture could be closer to its members: once each stream has one at or after the newest
 * picture of the slowest stream.
 */
export function createPairing<Shot extends Timed>(streams: number, maxSkew: number): Pairing<Shot> {
  const recent: Shot[][] = Array.from({ length: streams }, () => []);
  let attempts = 0;
  let best: PairedSet<Shot> | undefined;

  const nearest = (shots: readonly Shot[], taken: number): Shot | undefined =>
    shots.reduce<Shot | undefined>(
      (near, shot) => (near === undefined || Math.abs(shot.taken - taken) < Math.abs(near.taken - taken) ? shot : near),
      undefined,
    );
  /** The best set around one picture. */
  const around = (anchor: Shot): PairedSet<Shot> | undefined => {
    const shots: Shot[] = [];
    for (const others of recent) {
      const shot = others.includes(anchor) ? anchor : nearest(others, anchor.taken);
      if (shot === undefined) return undefined;
      shots.push(shot);
    }
    const times = shots.map(({ taken }) => taken);
    return { shots, skew: Math.max(...times) - Math.min(...times) };
  };

  return {
    get attempts() {
      return attempts;
    },
    get best() {
      return best;
    },
    add(stream, shot) {
      const own = recent[stream];
      if (!own) return undefined;
      own.push(shot);
      if (own.length > KEPT) own.shift();
      // The oldest of the streams' newest pictures: all streams have one at or after it.
      const newest = recent.map((shots) => shots.at(-1));
      const anchor = newest.reduce<Shot | undefined>(
        (oldest, one) => (one !== undefined && (oldest === undefined || one.taken < oldest.taken) ? one : oldest),
        undefined,
      );
      if (anchor === undefined || newest.includes(undefined)) return undefined;
      const set = around(anchor);
      if (!set) return undefined;
      attempts++;
      if (best === undefined || set.skew < best.skew) best = set;
      return set.skew <= maxSkew ? set : undefined;
    },
  };
}
