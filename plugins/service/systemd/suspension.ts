// Stops a unit for as long as somebody needs it out of the way, and starts it again: only what ran, and until it stays up.

import type { Clock } from '../../../core/base/clock.ts';
import { environment, type Fault } from '../../../core/contract/plugin.ts';
import { createBackoff } from '../../kit/work/backoff.ts';
import type { StopRecord } from './record.ts';
import type { Systemctl, UnitState } from './systemctl.ts';

/** A unit that is still up so long after its start has come back. */
export const STAYS_UP_MS = 2_000;
/** The first and the longest wait before a unit that did not stay up is started again. */
const AGAIN_FIRST_MS = 1_000;
const AGAIN_MOST_MS = 60_000;

export interface SuspensionOptions {
  readonly unit: string;
  readonly systemctl: Systemctl;
  readonly record: StopRecord;
  readonly clock: Clock;
  /** How long a stop or a start may take. */
  readonly timeout: number;
  /** Between the stop and the first use of what the unit held. */
  readonly settle: number;
  /** After the last use, so that uses that follow each other share one stop. */
  readonly linger: number;
  /** The unit is away though it should run: a sentence; undefined: all is well. */
  onTrouble(why: string | undefined): void;
}

export interface Suspension {
  /** Resolves when the unit is out of the way, with the function that ends this one use. Overlapping uses share one stop. */
  suspend(signal: AbortSignal): Promise<() => Promise<void>>;
  /** Starts the unit when an earlier camd stopped it and ended before it could start it again. */
  recover(signal: AbortSignal): Promise<void>;
  /** Starts the unit at once if it is stopped. */
  end(): Promise<void>;
}

export function createSuspension(options: SuspensionOptions): Suspension {
  const { unit, systemctl, record, clock } = options;
  let users = 0;
  let stopped = false;
  /** Stops and starts of this unit, one after the other. */
  let chain: Promise<unknown> = Promise.resolve();
  let watching = new AbortController();
  /** Ends the wait that an earlier use has begun. */
  let lingering = new AbortController();

  const next = <T>(work: () => Promise<T>): Promise<T> => {
    const result = chain.then(work);
    chain = result.catch(() => {});
    return result;
  };

  const stop = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    // What is being started again after an earlier picture must not come up in the middle of this one.
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
      // It may still be stopping: nothing is captured, and its start is asked for.
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

  /** Looks whether the unit stays up, and starts it again until it does. */
  const watch = async (signal: AbortSignal): Promise<void> => {
    watching.abort();
    const mine = new AbortController();
    watching = mine;
    const ends = AbortSignal.any([mine.signal, signal]);
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
        await next(() => systemctl.run('start', unit, options.timeout)).catch((cause: unknown) => {
          options.onTrouble(sentenceOf(cause));
        });
      }
    } catch {
      // A new stop, or the end of the node.
    }
  };

  const lifetime = new AbortController();
  const startUnlessUsed = async (): Promise<void> => (users === 0 ? start(lifetime.signal) : undefined);
  return {
    async suspend(signal) {
      users++;
      try {
        await next(() => stop(signal));
      } catch (cause) {
        users--;
        throw cause;
      }
      let held = true;
      return async () => {
        if (!held) return;
        held = false;
        users--;
        if (users > 0) return;
        if (options.linger === 0) return next(startUnlessUsed);
        lingering.abort();
        lingering = new AbortController();
        void clock.sleep(options.linger, AbortSignal.any([lingering.signal, lifetime.signal])).then(
          () => next(startUnlessUsed),
          () => {},
        );
      };
    },
    async recover(signal) {
      await next(async () => {
        if (!(await record.read())) return;
        stopped = true;
        await start(signal);
      });
    },
    async end() {
      users = 0;
      await next(() => start(lifetime.signal));
      lifetime.abort();
      watching.abort();
    },
  };
}

const runs = ({ active }: UnitState): boolean => active !== 'inactive' && active !== 'failed';

const unknownUnit = (unit: string): Fault =>
  environment('unit-unknown', `There is no unit ${unit}; "systemctl list-units" shows those that there are.`);

const sentenceOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
