// Single-flight: callers that arrive while a task runs share its result.

export interface SingleFlight<T> {
  /**
   * Joins the work that is under way or starts it. Rejects with the signal's reason as soon as that aborts; the work itself is
   * aborted when the last who waits for it has gone. New work starts only when aborted work has really ended.
   */
  (signal: AbortSignal): Promise<T>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

interface Shared<T> {
  readonly result: Promise<T>;
  readonly control: AbortController;
  callers: number;
}

export function createSingleFlight<T>(work: (signal: AbortSignal) => Promise<T>): SingleFlight<T> {
  let current: Shared<T> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const begin = (): Shared<T> => {
    const control = new AbortController();
    const result = last.then(() => {
      control.signal.throwIfAborted();
      return work(control.signal);
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

  const join = (signal: AbortSignal): Promise<T> => {
    if (signal.aborted) return Promise.reject(signal.reason);
    const shared = current ?? begin();
    shared.callers++;
    return new Promise<T>((resolve, reject) => {
      const gone = (): void => {
        if (--shared.callers === 0) {
          forget(shared);
          shared.control.abort(signal.reason);
        }
        reject(signal.reason);
      };
      signal.addEventListener('abort', gone, { once: true });
      shared.result
        .finally(() => {
          if (!signal.aborted) shared.callers--;
          signal.removeEventListener('abort', gone);
        })
        .then(resolve, reject);
    });
  };
  return Object.assign(join, {
    idle: async () => {
      await last;
    },
  });
}
