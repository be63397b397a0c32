// Combines the requests of one capture scope for cameras that belong to a group.

import type { Milliseconds } from '../../../core/base/units.ts';
import type { Clock } from '../../../core/contract/plugin.ts';

/** Requests of one scope are made at the same time and cross the same nodes: they arrive within this. */
export const GATHER_MS: Milliseconds = 50;

export interface Gatherer<Key extends object, Result> {
  /** Resolves with the result of the work for all members that joined under the same key in time. */
  join(key: Key, member: string, signal: AbortSignal): Promise<Result>;
}

interface Gathering<Result> {
  readonly members: Set<string>;
  readonly control: AbortController;
  /** Aborted when all members have joined. */
  readonly complete: AbortController;
  readonly result: Promise<Result>;
  waiting: number;
  closed: boolean;
}

/** @param all number of members that can join: the work begins at once when all have joined */
export function createGatherer<Key extends object, Result>(
  all: number,
  clock: Pick<Clock, 'sleep'>,
  work: (key: Key, members: readonly string[], signal: AbortSignal) => Promise<Result>,
): Gatherer<Key, Result> {
  const gatherings = new WeakMap<Key, Gathering<Result>>();

  const begin = (key: Key): Gathering<Result> => {
    const members = new Set<string>();
    const control = new AbortController();
    const complete = new AbortController();
    const state = { members, control, complete, waiting: 0, closed: false };
    const gather = async (): Promise<Result> => {
      await clock.sleep(GATHER_MS, AbortSignal.any([control.signal, complete.signal])).catch(() => {});
      state.closed = true;
      control.signal.throwIfAborted();
      return work(key, [...members], control.signal);
    };
    const result = gather();
    result.catch(() => {});
    return Object.assign(state, { result });
  };

  return {
    join(key, member, signal) {
      let gathering = gatherings.get(key);
      if (!gathering || gathering.closed) {
        gathering = begin(key);
        gatherings.set(key, gathering);
      }
      const joined = gathering;
      joined.members.add(member);
      if (joined.members.size >= all) joined.complete.abort();
      joined.waiting++;
      return new Promise((resolve, reject) => {
        const onAbort = (): void => {
          if (--joined.waiting === 0) joined.control.abort(signal.reason);
          reject(signal.reason);
        };
        if (signal.aborted) return onAbort();
        signal.addEventListener('abort', onAbort, { once: true });
        joined.result.finally(() => signal.removeEventListener('abort', onAbort)).then(resolve, reject);
      });
    },
  };
}
