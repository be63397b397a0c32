// How much may be on its way at one time, so that a picture never waits in a queue of the line: about what the line holds.

/** Times of the line's capacity that may be under way: above 1, so that a faster line is noticed. */
const GAIN = 1.25;
/** Newest measurements of the rate that count; the greatest of them is taken. */
const RATES = 10;
/** Newest measurements of the round trip that count; the shortest of them is taken. */
const TRIPS = 8;

export interface Pacer {
  /** True when a picture may be sent now: always while nothing is under way. */
  hasRoom(): boolean;
  sent(id: string, bytes: number): void;
  /** The other side has it. */
  arrived(id: string): void;
  /** It will not be answered for. */
  lost(id: string): void;
  /** A small message and its answer took so many milliseconds, while nothing else was under way. */
  roundTrip(ms: number): void;
  /** Everything that is under way will get no answer: the connection ended. */
  reset(): void;
  readonly underWay: number;
}

interface Parcel {
  readonly bytes: number;
  readonly at: number;
  /** Of all that had arrived when this was sent. */
  readonly before: number;
}

/**
 * As BBR does it with packets (draft-ietf-ccwg-bbr): the greatest rate of late times the shortest round trip is what the line holds.
 * `now`: monotonic milliseconds.
 */
export function createPacer(now: () => number): Pacer {
  const parcels = new Map<string, Parcel>();
  const rates: number[] = [];
  let underWay = 0;
  let total = 0;
  const trips: number[] = [];

  /** Unknown at first: one picture at a time. */
  const shortest = (): number => (trips.length === 0 ? 0 : Math.min(...trips));
  const take = (id: string): Parcel | undefined => {
    const parcel = parcels.get(id);
    if (!parcel) return undefined;
    parcels.delete(id);
    underWay -= parcel.bytes;
    return parcel;
  };
  return {
    hasRoom: () => parcels.size === 0 || underWay < GAIN * Math.max(0, ...rates) * shortest(),
    sent(id, bytes) {
      take(id);
      parcels.set(id, { bytes, at: now(), before: total });
      underWay += bytes;
    },
    arrived(id) {
      const parcel = take(id);
      if (!parcel) return;
      total += parcel.bytes;
      const took = Math.max(0.05, now() - parcel.at);
      rates.push((total - parcel.before) / took);
      if (rates.length > RATES) rates.shift();
    },
    lost: (id) => void take(id),
    roundTrip(ms) {
      trips.push(ms);
      if (trips.length > TRIPS) trips.shift();
    },
    reset() {
      parcels.clear();
      underWay = 0;
    },
    get underWay() {
      return underWay;
    },
  };
}
