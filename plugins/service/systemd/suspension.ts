// Stops a unit while it is in the way of a user, and starts it again until it stays up; only if it was running before.

import type { Clock } from '../../../core/base/clock.ts';
import { environment, type Fault } from '../../../core/contract/plugin.ts';
import { createBackoff } from '../../kit/work/backoff.ts';
import type { StopRecord } from './record.ts';
import type { Systemctl, UnitState } from './systemctl.ts';

/** A unit counts as running again if it is still up after this time. */
export const STAYS_UP_MS = 2_000;
/** The first and the longest wait before a restart of a unit that did not stay up. */
const AGAIN_FIRST_MS = 1_000;
const AGAIN_MOST_MS = 60_000;

export interface SuspensionOptions {
  readonly unit: string;
  readonly systemctl: Systemctl;
  readonly record: StopRecord;
  readonly clock: Clock;
  /** Time limit of a stop or a start. */
  readonly timeout: number;
  /** Wait between the stop and the first use of the released device. */
  readonly settle: number;
  /** Wait after the last use, so that consecutive uses share one stop. */
  readonly linger: number;
  /** Reports, as a sentence, that the unit is down although it should run; undefined once it runs. */
  onTrouble(why: string | undefined): void;
}

export interface Suspension {
  /** Resolves once the unit is stopped, with the function that ends this use. Overlapping uses share one stop. */
  suspend(signal: AbortSignal): Promise<() => Promise<void>>;
  /** Starts the unit if an earlier camd stopped it and ended before it could restart it. */
  recover(signal: AbortSignal): Promise<void>;
  /** Starts the unit immediately if it is stopped. */
  end(): Promise<void>;
}

export function createSuspension(options: SuspensionOptions): Suspension {
  const { unit, systemctl, record, clock } = options;
  let users = 0;
  let stopped = false;
  /** Queue of the stops and starts of this unit. */
  let chain: Promise<unknown> = Promise.resolve();
  let watching = new AbortController();
  /** Cancels the wait of an earlier use. */
  let lingering = new AbortController();

  const enqueue = <T>(work: () => Promise<T>): Promise<T> => {
    const result = chain.then(work);
    chain = result.catch(() => {});
    return result;
  };

  const stop = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    // A restart after an earlier picture must not interrupt this one.
    watching.abort();
    const state = await systemctl.show(unit, options.timeout);
    if (state.load === 'not-found') throw unknownUnit(unit);
    if (!runs(state)) return;
    await record.write(clock.now());
    stopped = true;
    try {
      await systemctl.run('stop', unit, options.timeout);
      if (options.settle > 0) await clock.sleep(options.settle, signal);
    } catch (cause) {
      // The unit may still be stopping: no picture is captured, and the unit is started again.
      await start(new AbortController().signal);
      throw cause;
    }
  };

  const start = async (signal: AbortSignal): Promise<void> => {
    if (!stopped) return;
    try {
      await systemctl.run('start', unit, options.timeout);
    } catch (cause) {
      options.onTrouble(`${sentenceOf(cause)} It was stopped for a picture.`);
      void watch(signal);
      return;
    }
    stopped = false;
    await record.remove();
    void watch(signal);
  };

  /** Checks that the unit stays up, and starts it again until it does. */
  const watch = async (signal: AbortSignal): Promise<void> => {
    watching.abort();
    const control = new AbortController();
    watching = control;
    const ends = AbortSignal.any([control.signal, signal]);
    const backoff = createBackoff({ first: AGAIN_FIRST_MS, most: AGAIN_MOST_MS });
    try {
      for (;;) {
        await clock.sleep(STAYS_UP_MS, ends);
        const state = await systemctl.show(unit, options.timeout);
        if (state.active === 'active') {
          if (stopped) await record.remove();
          stopped = false;
          options.onTrouble(undefined);
          return;
        }
        options.onTrouble(
          `${unit} did not stay up after the picture (${state.active}, ${state.result}); it is started again.`,
        );
        await clock.sleep(backoff.next(), ends);
        await enqueue(() => systemctl.run('start', unit, options.timeout)).catch((cause: unknown) => {
          options.onTrouble(sentenceOf(cause));
        });
      }
    } catch {
      // Aborted by a new stop or the end of the node.
    }
  };

  const lifetime = new AbortController();
  const startUnlessUsed = async (): Promise<void> => (users === 0 ? start(lifetime.signal) : undefined);
  return {
    async suspend(signal) {
      users++;
      try {
        await enqueue(() => stop(signal));
      } catch (cause) {
        users--;
        throw cause;
      }
      let isInUse = true;
      return async () => {
        if (!isInUse) return;
        isInUse = false;
        users--;
        if (users > 0) return;
        if (options.linger === 0) return enqueue(startUnlessUsed);
        lingering.abort();
        lingering = new AbortController();
        void clock.sleep(options.linger, AbortSignal.any([lingering.signal, lifetime.signal])).then(
          () => enqueue(startUnlessUsed),
          () => {},
        );
      };
    },
    async recover(signal) {
      await enqueue(async () => {
        if (!(await record.read())) return;
        stopped = true;
        await start(signal);
      });
    },
    async end() {
      users = 0;
      await enqueue(() => start(lifetime.signal));
      lifetime.abort();
      watching.abort();
    },
  };
}

const runs = ({ active }: UnitState): boolean => active !== 'inactive' && active !== 'failed';

const unknownUnit = (unit: string): Fault =>
  environment('unit-unknown', `There is no unit ${unit}; "systemctl list-units" shows the existing ones.`);

const sentenceOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
