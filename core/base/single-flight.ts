// Single-flight: callers that arrive while a task runs share its result.

import { setMaxListeners } from 'node:events';

export interface SingleFlight<T, Args extends readonly unknown[] = []> {
  /**
   * Joins the work in progress or starts it. Rejects with the signal's reason as soon as that signal aborts; the work itself is aborted
   * when its last caller has cancelled. New work starts only after aborted work has actually ended. `args` are those of the caller that
   * starts it.
   */
  (signal: AbortSignal, ...args: Args): Promise<T>;
  /** Resolves when no work is in progress. */
  idle(): Promise<void>;
}

interface Shared<T> {
  readonly result: Promise<T>;
  readonly control: AbortController;
  callers: number;
}

export function createSingleFlight<T, Args extends readonly unknown[] = []>(
  work: (signal: AbortSignal, ...args: Args) => Promise<T>,
): SingleFlight<T, Args> {
  let current: Shared<T> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const begin = (args: Args): Shared<T> => {
    const control = new AbortController();
    const result = last.then(() => {
      control.signal.throwIfAborted();
      return work(control.signal, ...args);
    });
    const shared: Shared<T> = { result, control, callers: 0 };
    last = result.then(
      () => forget(shared),
      () => forget(shared),
    );
    current = shared;
    return shared;
  };
  const forget = (shared: Shared<T>): void => {
    if (current === shared) current = undefined;
  };

  const join = (signal: AbortSignal, ...args: Args): Promise<T> => {
    if (signal.aborted) return Promise.reject(signal.reason);
    const shared = current ?? begin(args);
    shared.callers++;
    // Many callers may share one signal, for example one request for many cameras.
    setMaxListeners(0, signal);
    return new Promise<T>((resolve, reject) => {
      const leave = (): void => {
        signal.removeEventListener('abort', cancel);
        shared.callers--;
      };
      const cancel = (): void => {
        leave();
        if (shared.callers === 0) {
          forget(shared);
          shared.control.abort(signal.reason);
        }
        reject(signal.reason);
      };
      signal.addEventListener('abort', cancel, { once: true });
      shared.result.finally(leave).then(resolve, reject);
    });
  };
  return Object.assign(join, {
    async idle() {
      await last;
    },
  });
}

/** Single-flight per key, such as a camera: calls with the same key share their work, other keys are independent. */
export function createKeyedSingleFlight<T, Args extends readonly unknown[] = []>(
  work: (key: string, signal: AbortSignal, ...args: Args) => Promise<T>,
): (key: string, signal: AbortSignal, ...args: Args) => Promise<T> {
  const flights = new Map<string, { readonly flight: SingleFlight<T, Args>; calls: number }>();
  return (key, signal, ...args) => {
    if (signal.aborted) return Promise.reject(signal.reason);
    const entry = flights.get(key) ?? {
      flight: createSingleFlight<T, Args>((shared, ...own) => work(key, shared, ...own)),
      calls: 0,
    };
    flights.set(key, entry);
    entry.calls++;
    const result = entry.flight(signal, ...args);
    // Aborted work that has not ended yet keeps its key, so that no other work starts beside it.
    void entry.flight.idle().then(() => {
      if (--entry.calls === 0) flights.delete(key);
    });
    return result;
  };
}
