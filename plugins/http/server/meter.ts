// Counts requests by outcome and by time taken, in fixed buckets. Knows nothing of what is served.

import type { ServerResponse } from 'node:http';
import type { Metrics } from '../../../core/plugin.ts';

/** Upper bounds of the buckets, milliseconds; each counts all that took no longer. */
const BUCKETS = [1, 5, 25, 100, 500, 2500] as const;

export interface Meter {
  /** A request has come; what it comes to is counted when its response is over. */
  begin(response: ServerResponse): void;
}

interface Timed extends ServerResponse {
  begunAt?: number;
}

/** `metrics` is asked for each time: it changes hands when a reload replaces the node. */
export function createMeter(metrics: () => Metrics): Meter {
  // One function for all responses, no closure for each of them.
  function onClose(this: Timed): void {
    const counts = metrics();
    counts.count(CLASSES[Math.floor(this.statusCode / 100)] ?? 'responses_5xx_total');
    // A stream, or a client that left: its time tells nothing of the server.
    if (!this.writableFinished || this.begunAt === undefined) return;
    const took = performance.now() - this.begunAt;
    counts.count('request_ms_sum_total', took);
    counts.count('request_ms_count_total');
    for (let index = BUCKETS.length - 1; index >= 0; index--) {
      if (took > (BUCKETS[index] as number)) break;
      counts.count(NAMES[index] as string);
    }
  }
  return {
    begin(response: Timed) {
      metrics().count('requests_total');
      response.begunAt = performance.now();
      response.once('close', onClose);
    },
  };
}

const NAMES = BUCKETS.map((bound) => `request_ms_le_${bound}_total`);
const CLASSES = [1, 1, 2, 3, 4, 5].map((digit) => `responses_${digit}xx_total`);
