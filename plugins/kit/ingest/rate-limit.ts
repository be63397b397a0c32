// Limits each camera's rate by a token bucket; the number of buckets is bounded. Pure.

import { createLru } from '../work/lru.ts';

export interface RateLimit {
  /** 0: accepted. Otherwise the milliseconds until the next picture of this camera is accepted. */
  take(camera: string, now: number): number;
}

interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

/**
 * @param perSecond undefined: no limit. A burst of one second, of one picture at least, is accepted
 * @param most cameras to remember; the one that was silent for longest is removed first
 */
export function rateLimit(perSecond: number | undefined, most: number): RateLimit {
  if (perSecond === undefined) return { take: () => 0 };
  const burst = Math.max(1, perSecond);
  const buckets = createLru<string, Bucket>(most);
  return {
    take(camera, now) {
      const known = buckets.get(camera);
      const gained = known ? ((now - known.at) / 1000) * perSecond : 0;
      const tokens = known ? Math.min(burst, known.tokens + gained) : burst;
      const passes = tokens >= 1;
      buckets.set(camera, { tokens: passes ? tokens - 1 : tokens, at: now });
      return passes ? 0 : Math.ceil(((1 - tokens) / perSecond) * 1000);
    },
  };
}
