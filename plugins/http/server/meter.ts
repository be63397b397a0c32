// Counts requests by outcome and duration, in fixed buckets.

import type { ServerResponse } from 'node:http';
import type { Metrics } from '../../../core/contract/plugin.ts';

/** Upper bounds of the buckets in milliseconds, each inclusive. */
const BUCKETS = [1, 5, 25, 100, 500, 2500];
/** Milliseconds between updates of the metrics. In between, the meter counts in an array, which is cheaper. */
const FLUSH = 200;

export interface Meter {
  /** Starts counting a request. */
  begin(response: ServerResponse): void;
  /** Counts the outcome of a request whose response has closed. */
  end(response: ServerResponse): void;
  /** Counts a request that is already complete; `begun` is its start (performance.now). */
  whole(status: number, begun: number): void;
  flush(): void;
}

interface Timed extends ServerResponse {
  begunAt?: number;
}

const CLASSES = [1, 2, 3, 4, 5].map((digit) => `responses_${digit}xx_total`);
const LATENCIES = BUCKETS.map((bound) => `request_ms_le_${bound}_total`);
const NAMES = ['requests_total', 'request_ms_sum_total', 'request_ms_count_total', ...CLASSES, ...LATENCIES];
const CLASS_AT = 3;
const BUCKET_AT = CLASS_AT + CLASSES.length;

/** `metrics` is called each time, because a reload replaces the node. */
export function createMeter(metrics: () => Metrics): Meter {
  const counts = new Float64Array(NAMES.length);
  let timer: NodeJS.Timeout | undefined;

  const add = (at: number, by = 1): void => {
    counts[at] = (counts[at] ?? 0) + by;
  };
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const to = metrics();
    NAMES.forEach((name, at) => {
      const count = counts[at];
      if (count) to.count(name, count);
    });
    counts.fill(0);
  };
  const ended = (status: number): void => {
    add(CLASS_AT - 1 + Math.floor(status / 100));
    timer ??= setTimeout(flush, FLUSH).unref();
  };
  const lasted = (took: number): void => {
    add(1, took);
    add(2);
    for (let index = BUCKETS.length - 1; index >= 0 && took <= (BUCKETS[index] ?? 0); index--) add(BUCKET_AT + index);
  };

  return {
    begin(response: Timed) {
      add(0);
      timer ??= setTimeout(flush, FLUSH).unref();
      response.begunAt = performance.now();
    },
    end(response: Timed) {
      ended(response.statusCode);
      // The duration of a stream, or of a request whose client left, does not measure the server.
      if (response.writableFinished && response.begunAt !== undefined) lasted(performance.now() - response.begunAt);
    },
    whole(status, begun) {
      add(0);
      ended(status);
      lasted(performance.now() - begun);
    },
    flush,
  };
}
