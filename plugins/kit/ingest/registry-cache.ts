// Caches the answers of a remote registry: briefly while it responds, longer while it is unreachable.

import type { Clock } from '../../../core/base/clock.ts';
import { createKeyedSingleFlight } from '../../../core/base/single-flight.ts';
import type { Registry } from '../../../core/contract/ports.ts';
import { createLru } from '../work/lru.ts';

export type Facts = Awaited<ReturnType<Registry['lookup']>>;

export interface AnswersOptions<Known> {
  /** Milliseconds for which an answer is used without asking again. */
  readonly fresh: number;
  /** Answers to remember; the one that was not used for longest is forgotten first. */
  readonly most: number;
  readonly clock: Pick<Clock, 'monotonic'>;
  ask(camera: string): Promise<Known | undefined>;
  /** Told after every question: undefined when it was answered. */
  onOutcome(cause: unknown): void;
}

export interface Answers<Known> {
  /** Rejects only when there never was an answer. Concurrent questions for a camera are one. */
  lookup(camera: string): Promise<Known | undefined>;
  /** The next question for this camera, or for any one, is asked anew; the last answer holds while there is none. */
  forget(camera: string | undefined): void;
  /** What another question told of all cameras: those that are not among `known` are unknown now. */
  learn(known: ReadonlyMap<string, Known>): void;
  /** What `work` resolves with, or resolved with the last time that it could. */
  lastGood<T>(work: () => Promise<T>): () => Promise<T>;
}

/** A known camera never waits longer than this for a database that hangs; the question goes on. Milliseconds. */
export const PATIENCE_MS = 250;

function soon<T>(asked: Promise<T>, otherwise: T): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(otherwise), PATIENCE_MS);
    asked.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

interface Answer<Known> {
  readonly facts: Known | undefined;
  readonly at: number;
}

export function createAnswers<Known = NonNullable<Facts>>(options: AnswersOptions<Known>): Answers<Known> {
  const { fresh, most, clock, ask, onOutcome } = options;
  const answers = createLru<string, Answer<Known>>(most);
  const remember = (camera: string, facts: Known | undefined): void =>
    answers.set(camera, { facts, at: clock.monotonic() });

  const question = createKeyedSingleFlight(async (camera: string): Promise<Known | undefined> => {
    const known = answers.get(camera);
    try {
      const facts = await ask(camera);
      remember(camera, facts);
      onOutcome(undefined);
      return facts;
    } catch (cause) {
      onOutcome(cause);
      if (!known) throw cause;
      // Asking again only after a while keeps a database that is coming back from being stormed.
      remember(camera, known.facts);
      return known.facts;
    }
  });

  return {
    lookup(camera) {
      const known = answers.get(camera);
      if (known && clock.monotonic() - known.at < fresh) return Promise.resolve(known.facts);
      // Nobody gives up a question: others may wait for the same answer.
      const asked = question(camera, new AbortController().signal);
      return known ? soon(asked, known.facts) : asked;
    },
    forget(camera) {
      for (const known of camera === undefined ? [...answers.keys()] : [camera]) {
        const answer = answers.get(known);
        if (answer) answers.set(known, { ...answer, at: Number.NEGATIVE_INFINITY });
      }
    },
    learn(known) {
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
