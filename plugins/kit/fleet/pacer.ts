// Limits the bytes in flight to about the capacity of the line, so that a picture never waits in a queue of the line.

/** Multiple of the line's capacity that may be in flight: above 1, so that a faster line is noticed. */
const GAIN = 1.25;
/** Number of recent rate measurements; the greatest counts. */
const RATES = 10;
/** Number of recent round trip measurements; the shortest counts. */
const TRIPS = 8;

export interface Pacer {
  /** True if a picture may be sent now: always if none is in flight. */
  hasRoom(): boolean;
  sent(id: string, bytes: number): void;
  /** The other side has received it. */
  arrived(id: string): void;
  /** No acknowledgement will come for it. */
  lost(id: string): void;
  /** Duration of a small message and its answer, measured while no picture is in flight. */
  roundTrip(ms: number): void;
  /** The connection ended: nothing in flight will be acknowledged. */
  reset(): void;
  readonly underWay: number;
}

interface Parcel {
  readonly bytes: number;
  readonly at: number;
  /** Bytes that had arrived in total when this was sent. */
  readonly before: number;
}

/**
 * As BBR does with packets (draft-ietf-ccwg-bbr): the greatest recent rate times the shortest round trip is the capacity of the line.
 * `now`: monotonic milliseconds.
 */
export function createPacer(now: () => number): Pacer {
  const parcels = new Map<string, Parcel>();
  const rates: number[] = [];
  let underWay = 0;
  let total = 0;
  const trips: number[] = [];

  /** Zero without a measurement: then one picture at a time. */
  const shortest = (): number => (trips.length === 0 ? 0 : Math.min(...trips));
  const remove = (id: string): Parcel | undefined => {
    const parcel = parcels.get(id);
    if (!parcel) return undefined;
    parcels.delete(id);
    underWay -= parcel.bytes;
    return parcel;
  };
  return {
    hasRoom: () => parcels.size === 0 || underWay < GAIN * Math.max(0, ...rates) * shortest(),
    sent(id, bytes) {
      remove(id);
      parcels.set(id, { bytes, at: now(), before: total });
      underWay += bytes;
    },
    arrived(id) {
      const parcel = remove(id);
      if (!parcel) return;
      total += parcel.bytes;
      const took = Math.max(0.05, now() - parcel.at);
      rates.push((total - parcel.before) / took);
      if (rates.length > RATES) rates.shift();
    },
    lost: (id) => void remove(id),
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
