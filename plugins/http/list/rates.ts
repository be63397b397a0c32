// Pictures per second of each camera, from its last arrivals. Pure.

/** Stored arrivals per camera. */
const REMEMBERED = 16;
/** Milliseconds after the last picture from which the rate is 0. */
const SILENT = 10_000;

export interface Rates {
  arrived(camera: string, at: number): void;
  /** Rounded to a tenth. */
  of(camera: string, now: number): number;
  forget(cameras: ReadonlySet<string>): void;
}

export function createRates(): Rates {
  const arrivals = new Map<string, number[]>();
  return {
    arrived(camera, at) {
      const known = arrivals.get(camera) ?? [];
      known.push(at);
      if (known.length > REMEMBERED) known.shift();
      arrivals.set(camera, known);
    },
    of(camera, now) {
      const known = arrivals.get(camera) ?? [];
      const first = known[0] ?? 0;
      const last = known.at(-1) ?? 0;
      if (known.length < 2 || last === first || now - last > SILENT) return 0;
      return Math.round(((known.length - 1) / (last - first)) * 10_000) / 10;
    },
    forget(cameras) {
      for (const camera of arrivals.keys()) if (!cameras.has(camera)) arrivals.delete(camera);
    },
  };
}
