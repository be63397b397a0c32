// Deadlines: work settles in time, even if it ignores its signal.

import type { Clock } from './clock.ts';

export interface DeadlineOptions {
  readonly ms: number;
  /** Creates the error with which the work rejects when the time is over. */
  late(): Error;
  /** Each of these aborts the work earlier, with its own reason. */
  readonly signals?: readonly (AbortSignal | undefined)[];
  /** Default: the timers of Node.js. A test may pass another clock. */
  readonly clock?: Pick<Clock, 'sleep'>;
}

export interface Deadline {
  /** Aborts when the time is over or one of the signals aborts; never after `end`. */
  readonly signal: AbortSignal;
  /** Settles like `work`, or rejects with the reason of `signal` as soon as that aborts. May be called repeatedly. */
  race<T>(work: T | PromiseLike<T>): Promise<T>;
  /** Releases the timer and the listeners. */
  end(): void;
}

export function startDeadline({ ms, late, signals = [], clock }: DeadlineOptions): Deadline {
  // Created only if the work uses it: a signal costs more than everything else here.
  let control: AbortController | undefined;
  let over: { readonly reason: unknown } | undefined;
  let reject = (_reason: unknown): void => {};
  const ended = new Promise<never>((_, fail) => {
    reject = fail;
  });
  ended.catch(() => {});
  const end = (reason: unknown): void => {
    if (over) return;
    over = { reason };
    reject(reason);
    control?.abort(reason);
  };
  const releases = [after(ms, () => end(late()), clock)];
  for (const outer of signals) {
    if (outer === undefined) continue;
    const abort = (): void => end(outer.reason);
    outer.addEventListener('abort', abort, { once: true });
    releases.push(() => outer.removeEventListener('abort', abort));
    if (outer.aborted) abort();
  }
  return {
    get signal() {
      if (!control) {
        control = new AbortController();
        if (over) control.abort(over.reason);
      }
      return control.signal;
    },
    race: (work) => Promise.race([work, ended]),
    end() {
      for (const release of releases) release();
    },
  };
}

/** Settles like `work`, within the time and while no signal aborts. If a signal is already aborted, `work` is not started. */
export async function withDeadline<T>(
  options: DeadlineOptions,
  work: (signal: AbortSignal) => T | PromiseLike<T>,
): Promise<T> {
  for (const signal of options.signals ?? []) signal?.throwIfAborted();
  const deadline = startDeadline(options);
  try {
    return await deadline.race(work(deadline.signal));
  } finally {
    deadline.end();
  }
}

/** Settles like `work`, or rejects with `late()` after `ms`. For work that cannot be aborted: it costs a timer and no signal. */
export function withTimeout<T>(ms: number, late: () => Error, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (cause: unknown) => {
        clearTimeout(timer);
        reject(cause);
      },
    );
  });
}

/** True if `work` resolves within `ms` milliseconds, false if it takes longer; rejects like `work`. */
export async function inTime(ms: number, work: PromiseLike<unknown>): Promise<boolean> {
  const late = new Error('late');
  try {
    await withDeadline({ ms, late: () => late }, () => work);
    return true;
  } catch (cause) {
    if (cause === late) return false;
    throw cause;
  }
}

/** A timer of Node.js costs a tenth of an abortable sleep, which matters at a thousand messages per second. */
function after(ms: number, run: () => void, clock: DeadlineOptions['clock']): () => void {
  if (clock === undefined) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  }
  const control = new AbortController();
  clock.sleep(ms, control.signal).then(run, () => {});
  return () => control.abort();
}
