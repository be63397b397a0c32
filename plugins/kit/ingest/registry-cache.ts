// Caches the answers of a remote registry: briefly while it responds, longer while it is unreachable.

import type { Clock } from '../../../core/base/clock.ts';
import { createKeyedSingleFlight } from '../../../core/base/single-flight.ts';
import type { Registry } from '../../../core/contract/ports.ts';
import { createLru } from '../work/lru.ts';

export type Facts = Awaited<ReturnType<Registry['lookup']>>;

export interface RegistryCacheOptions<Known> {
  /** Milliseconds for which an answer is used without a new request. */
  readonly fresh: number;
  /** Maximum answers to cache; the least recently used one is removed first. */
  readonly most: number;
  readonly clock: Pick<Clock, 'monotonic'>;
  ask(camera: string): Promise<Known | undefined>;
  /** Called after every request; undefined after a success. */
  onOutcome(cause: unknown): void;
}

export interface RegistryCache<Known> {
  /** Rejects only when there is no cached answer. Concurrent lookups of a camera share one request. */
  lookup(camera: string): Promise<Known | undefined>;
  /** Expires the answer for this camera, or for all. Until a request succeeds, the last answer is returned. */
  expire(camera: string | undefined): void;
  /** Stores a list of all cameras from another request: cached cameras that are not in `known` become unknown. */
  store(known: ReadonlyMap<string, Known>): void;
  /** Wraps `work`: while it fails, its last result is returned. */
  lastGood<T>(work: () => Promise<T>): () => Promise<T>;
}

/** Milliseconds. With a cached answer, a lookup waits at most this long for a database that hangs; the request continues. */
export const CACHED_WAIT_MS = 250;

function orCached<T>(request: Promise<T>, cached: T): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(cached), CACHED_WAIT_MS);
    request.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

interface Answer<Known> {
  readonly facts: Known | undefined;
  readonly at: number;
}

export function createRegistryCache<Known = NonNullable<Facts>>(
  options: RegistryCacheOptions<Known>,
): RegistryCache<Known> {
  const { fresh, most, clock, ask, onOutcome } = options;
  const answers = createLru<string, Answer<Known>>(most);
  const remember = (camera: string, facts: Known | undefined): void =>
    answers.set(camera, { facts, at: clock.monotonic() });

  const query = createKeyedSingleFlight(async (camera: string): Promise<Known | undefined> => {
    const known = answers.get(camera);
    try {
      const facts = await ask(camera);
      remember(camera, facts);
      onOutcome(undefined);
      return facts;
    } catch (cause) {
      onOutcome(cause);
      if (!known) throw cause;
      // The next request follows only after a pause, so that a database that is coming back is not overloaded.
      remember(camera, known.facts);
      return known.facts;
    }
  });

  return {
    lookup(camera) {
      const known = answers.get(camera);
      if (known && clock.monotonic() - known.at < fresh) return Promise.resolve(known.facts);
      // The request is never aborted: other callers may wait for the same answer.
      const request = query(camera, new AbortController().signal);
      return known ? orCached(request, known.facts) : request;
    },
    expire(camera) {
      for (const known of camera === undefined ? [...answers.keys()] : [camera]) {
        const answer = answers.get(known);
        if (answer) answers.set(known, { ...answer, at: Number.NEGATIVE_INFINITY });
      }
    },
    store(known) {
      for (const camera of answers.keys()) if (!known.has(camera)) remember(camera, undefined);
      for (const [camera, facts] of known) remember(camera, facts);
    },
    lastGood(work) {
      let last: { readonly value: Awaited<ReturnType<typeof work>> } | undefined;
      return async () => {
        try {
          last = { value: await work() };
          onOutcome(undefined);
        } catch (cause) {
          onOutcome(cause);
          if (!last) throw cause;
        }
        return last.value;
      };
    },
  };
}
