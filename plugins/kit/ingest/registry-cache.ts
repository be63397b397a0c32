// Caches the answers of a remote registry: briefly while it responds, longer while it is unreachable.

import type { Clock } from '../../../core/base/clock.ts';
import type { Registry } from '../../../core/contract/ports.ts';

export type Facts = Awaited<ReturnType<Registry['lookup']>>;

export interface AnswersOptions {
  /** Milliseconds for which an answer is used without asking again. */
  readonly fresh: number;
  /** Answers to remember; the one that was not used for longest is forgotten first. */
  readonly most: number;
  readonly clock: Pick<Clock, 'monotonic'>;
  ask(camera: string): Promise<Facts>;
  /** Told after every question: undefined when it was answered. */
  onOutcome(cause: unknown): void;
}

export interface Answers {
  /** Rejects only when there never was an answer. Concurrent questions for a camera are one. */
  lookup(camera: string): Promise<Facts>;
  /** What `work` resolves with, or resolved with the last time that it could. */
  lastGood<T>(work: () => Promise<T>): () => Promise<T>;
}

interface Answer {
  readonly facts: Facts;
  readonly at: number;
}

export function createAnswers({ fresh, most, clock, ask, onOutcome }: AnswersOptions): Answers {
  const answers = new Map<string, Answer>();
  const asked = new Map<string, Promise<Facts>>();

  const remember = (camera: string, answer: Answer) => {
    answers.delete(camera);
    answers.set(camera, answer);
    const oldest = answers.keys().next();
    if (answers.size > most && !oldest.done) answers.delete(oldest.value);
  };
  const question = async (camera: string, known: Answer | undefined): Promise<Facts> => {
    try {
      const facts = await ask(camera);
      remember(camera, { facts, at: clock.monotonic() });
      onOutcome(undefined);
      return facts;
    } catch (cause) {
      onOutcome(cause);
      if (!known) throw cause;
      // Asking again only after a while keeps a database that is coming back from being stormed.
      remember(camera, { facts: known.facts, at: clock.monotonic() });
      return known.facts;
    }
  };

  return {
    lookup(camera) {
      const known = answers.get(camera);
      if (known && clock.monotonic() - known.at < fresh) return Promise.resolve(known.facts);
      const under = asked.get(camera);
      if (under) return under;
      const promise = question(camera, known).finally(() => asked.delete(camera));
      asked.set(camera, promise);
      return promise;
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
