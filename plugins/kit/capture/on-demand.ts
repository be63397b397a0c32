// Runs a task while there is a hold on it, and for `linger` after the last one.

import type { Clock } from '../../../core/base/clock.ts';
import type { Milliseconds } from '../../../core/base/units.ts';
import type { Release } from '../../../core/contract/ports.ts';

export interface OnDemandOptions {
  /** Milliseconds that the work continues after the last hold is released. */
  readonly linger: Milliseconds;
  readonly clock: Pick<Clock, 'sleep'>;
  /** Stops the runner for good. */
  readonly signal: AbortSignal;
  /** The work; it ends when its signal aborts, or earlier when it is done. It is never started again before it has ended. */
  run(signal: AbortSignal): Promise<void>;
  /** Called when the work has failed by itself; it does not run again until the next hold. */
  onFail(cause: unknown): void;
}

export interface OnDemandRunner {
  hold(): Release;
  /** Ends the work now if there is no hold, instead of after `linger`. */
  rest(): void;
  /** Resolves when no work is running, after `signal` has been aborted. */
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
      // Gives holders that release because of this end the time to do so.
      if (!failed && !control.signal.aborted) await new Promise((resolve) => setImmediate(resolve));
      running = undefined;
      lingering?.abort();
      lingering = undefined;
      // A hold was acquired while the work was ending.
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
