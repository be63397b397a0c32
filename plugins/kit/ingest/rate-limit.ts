// Limits each camera's rate by a token bucket; the number of buckets is bounded. Pure.

export interface RateLimit {
  /** 0: go on. Otherwise the milliseconds after which the next picture of this camera would pass. */
  take(camera: string, now: number): number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * @param perSecond undefined: no limit. A burst of one second, of one picture at least, may pass
 * @param most cameras to remember; the one that was silent for longest is forgotten first
 */
export function rateLimit(perSecond: number | undefined, most: number): RateLimit {
  if (perSecond === undefined) return { take: () => 0 };
  const burst = Math.max(1, perSecond);
  const buckets = new Map<string, Bucket>();
  return {
    take(camera, now) {
      const known = buckets.get(camera);
      const gained = known ? ((now - known.at) / 1000) * perSecond : 0;
      const tokens = known ? Math.min(burst, known.tokens + gained) : burst;
      const passes = tokens >= 1;
      // Deleting first keeps the map in the order of the last use.
      buckets.delete(camera);
      buckets.set(camera, { tokens: passes ? tokens - 1 : tokens, at: now });
      const oldest = buckets.keys().next();
      if (buckets.size > most && !oldest.done) buckets.delete(oldest.value);
      return passes ? 0 : Math.ceil(((1 - tokens) / perSecond) * 1000);
    },
  };
}
