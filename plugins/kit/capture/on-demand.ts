// Runs a task while someone holds it, and `linger` longer.

import type { Clock } from '../../../core/base/clock.ts';
import type { Milliseconds } from '../../../core/base/units.ts';
import type { Release } from '../../../core/contract/ports.ts';

export interface OnDemandOptions {
  /** Milliseconds that the work goes on after the last hold was released. */
  readonly linger: Milliseconds;
  readonly clock: Pick<Clock, 'sleep'>;
  /** Ends everything for good. */
  readonly signal: AbortSignal;
  /** The work; it ends when its signal aborts, or earlier if it is done. It is never started again before it has ended. */
  run(signal: AbortSignal): Promise<void>;
  /** The work has failed by itself; it is not run again until the next hold. */
  onFail(cause: unknown): void;
}

export interface OnDemandRunner {
  hold(): Release;
  /** Ends the work now if nobody holds it, instead of letting it linger. */
  rest(): void;
  /** Resolves when nothing runs any more, after `signal` has been aborted. */
  stopped(): Promise<void>;
}

export function createOnDemandRunner(options: OnDemandOptions): OnDemandRunner {
  const { linger, clock, signal, run, onFail } = options;
  let holds = 0;
  let running: { readonly control: AbortController; readonly done: Promise<void> } | undefined;
  let lingering: AbortController | undefined;

  const start = (): void => {
    lingering?.abort();
    lingering = undefined;
    if (running || signal.aborted) return;
    const control = new AbortController();
    const work = async (): Promise<void> => {
      let failed = false;
      try {
        await run(control.signal);
      } catch (cause) {
        failed = !control.signal.aborted;
        if (failed) onFail(cause);
      }
      // Those who leave because of this end are given the time to do so.
      if (!failed && !control.signal.aborted) await new Promise((resolve) => setImmediate(resolve));
      running = undefined;
      lingering?.abort();
      lingering = undefined;
      // Somebody came while it was ending.
      if (!failed && holds > 0) start();
    };
    running = { control, done: Promise.resolve().then(work) };
  };
  const idle = (): void => {
    const current = running;
    if (!current || signal.aborted) return;
    lingering = new AbortController();
    clock.sleep(linger, lingering.signal).then(
      () => current.control.abort(),
      () => {},
    );
  };
  signal.addEventListener(
    'abort',
    () => {
      lingering?.abort();
      running?.control.abort();
    },
    { once: true },
  );
  return {
    hold() {
      holds++;
      start();
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        if (--holds === 0) idle();
      };
    },
    rest() {
      if (holds === 0) running?.control.abort();
    },
    async stopped() {
      while (running) await running.done;
    },
  };
}
