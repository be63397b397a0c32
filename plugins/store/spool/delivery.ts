// Delivers the frames of a spool: in order for each camera, several cameras in parallel, no faster than `rate`.

import type { Clock } from '../../../core/base/clock.ts';
import { answerOf, isFinal } from '../../../core/contract/final.ts';
import type { Capture } from '../../../core/contract/plugin.ts';
import { type Fault, isFault, sentence } from '../../../core/contract/problems.ts';
import type { Facts } from './format.ts';
import type { Entry } from './segment.ts';
import type { Spool } from './spool.ts';

/** Pause before a refused frame is retried; it doubles with every refusal of this camera. Milliseconds. */
export const FIRST_PAUSE_MS = 1000;
export const LONGEST_PAUSE_MS = 60_000;
/** How often to check for an acknowledging consumer while there is none. Milliseconds. */
const CHECK_MS = 1000;
/** A longer time without one is reported: a consumer that stops or is replaced leaves earlier than the spool. Milliseconds. */
export const NO_CONSUMER_MS = 5000;

export interface SpoolDeliveryOptions {
  readonly spool: Spool;
  readonly clock: Clock;
  /** Limit of cameras in parallel. */
  readonly parallel: number;
  /** Frames per second; undefined: as fast as the consumer accepts them. */
  readonly rate: number | undefined;
  /** Milliseconds; undefined: no limit. */
  readonly maxAge: number | undefined;
  /** True while a consumer acknowledges frames. */
  acknowledged(): boolean;
  /** Resolves when the consumers have acknowledged the frame. */
  emit(capture: Capture): Promise<void>;
  /** Resolves when the frame is among the dead letters. */
  setAside(facts: Facts, data: Buffer, fault: Fault): Promise<void>;
  count(name: string): void;
  condition(name: 'consumers' | 'read' | 'refused' | 'dead', sentence: string | undefined): void;
  failed(cause: unknown): void;
}

export interface SpoolDelivery {
  /** Until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Call it when a frame may be ready. */
  wake(): void;
  /** Resolves when no frame is with a consumer. */
  idle(): Promise<void>;
  readonly busy: number;
}

interface Pause {
  readonly until: number;
  readonly failures: number;
  /** The pause is for this camera only. */
  readonly own: boolean;
}

export function createSpoolDelivery(options: SpoolDeliveryOptions): SpoolDelivery {
  const { spool, clock, condition, count } = options;
  const busy = new Set<string>();
  const pauses = new Map<string, Pause>();
  let nextAt = Number.NEGATIVE_INFINITY;
  let wakeUp = (): void => {};
  let aloneSince: number | undefined;
  const resting: (() => void)[] = [];

  const readyAt = (now: number) => (camera: string) => !busy.has(camera) && (pauses.get(camera)?.until ?? 0) <= now;
  const pause = (camera: string, own: boolean): void => {
    const failures = (pauses.get(camera)?.failures ?? 0) + 1;
    const ms = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10));
    pauses.set(camera, { until: clock.monotonic() + ms, failures, own });
  };
  const accepted = (camera: string): void => {
    pauses.delete(camera);
    // The consumer works again: the other cameras need not wait for the end of their pauses.
    for (const [other, { own }] of pauses) if (!own) pauses.delete(other);
    condition('refused', pauses.size === 0 ? undefined : refusedSentence());
  };
  let why = '';
  const refusedSentence = (): string => {
    const [first] = pauses.keys();
    return `Frames wait in the spool, those of ${first} among them: ${why}`;
  };

  const deliver = async (entry: Entry): Promise<void> => {
    const { camera } = entry;
    const { maxAge } = options;
    if (maxAge !== undefined && entry.head.taken + maxAge < clock.now()) {
      count('expired_total');
      return spool.done(entry);
    }
    let read: Awaited<ReturnType<Spool['read']>>;
    try {
      read = await spool.read(entry);
      condition('read', undefined);
    } catch (cause) {
      if (!spool.backlog.has(entry)) return;
      condition('read', `A frame cannot be read from the spool: ${sentence(cause)}. camd tries again.`);
      return pause(camera, true);
    }
    if (!read) return;
    const { facts, data } = read;
    try {
      await options.emit(captureOf(facts, data));
    } catch (cause) {
      return refused(entry, facts, data, cause);
    }
    count('delivered_total');
    accepted(camera);
    await spool.done(entry);
  };
  const refused = async (entry: Entry, facts: Facts, data: Buffer, cause: unknown): Promise<void> => {
    // A consumer that stops drops its frame; the next consumer gets it.
    if (isAbort(cause)) return pause(entry.camera, false);
    if (!isFault(cause)) options.failed(cause);
    const answer = answerOf(cause);
    if (isFinal(cause) && answer?.about !== 'address') {
      try {
        await options.setAside(facts, data, cause);
        condition('dead', undefined);
        pauses.delete(entry.camera);
        return await spool.done(entry);
      } catch (disk) {
        condition('dead', `A refused picture cannot be put among the dead letters: ${sentence(disk)}.`);
        return pause(entry.camera, false);
      }
    }
    count('refused_total');
    why = sentence(cause);
    pause(entry.camera, answer?.about === 'address');
    condition('refused', refusedSentence());
  };
  const start = (entry: Entry): void => {
    busy.add(entry.camera);
    deliver(entry)
      .catch(options.failed)
      .finally(() => {
        busy.delete(entry.camera);
        if (busy.size === 0) for (const rest of resting.splice(0)) rest();
        wakeUp();
      });
  };
  /** Starts all deliveries that are due; returns the milliseconds until the next one, if only time is missing. */
  const step = (): number | undefined => {
    if (spool.backlog.count === 0) {
      condition('consumers', undefined);
      return undefined;
    }
    if (!options.acknowledged()) {
      const now = clock.monotonic();
      aloneSince ??= now;
      if (now - aloneSince >= NO_CONSUMER_MS)
        condition('consumers', 'No consumer acknowledges the frames of the spool; they wait. Set "send: every" there.');
      return CHECK_MS;
    }
    aloneSince = undefined;
    condition('consumers', undefined);
    // One time for both checks: a pause that ended between them would never end for this loop.
    let now = clock.monotonic();
    for (; busy.size < options.parallel; now = clock.monotonic()) {
      if (nextAt > now) return nextAt - now;
      const entry = spool.backlog.next(readyAt(now));
      if (!entry) break;
      if (options.rate !== undefined) nextAt = Math.max(nextAt, now) + 1000 / options.rate;
      start(entry);
    }
    const waits = [...pauses].filter(([camera]) => !busy.has(camera)).map(([, { until }]) => until - now);
    const soonest = Math.min(...waits.filter((ms) => ms > 0));
    return Number.isFinite(soonest) ? soonest : undefined;
  };

  return {
    async run(signal) {
      while (!signal.aborted) {
        const woken = new Promise<void>((resolve) => {
          wakeUp = resolve;
        });
        const stop = new AbortController();
        const ms = step();
        const slept = ms === undefined ? [] : [clock.sleep(ms, stop.signal).catch(() => {})];
        const ended = new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve(), { once: true, signal: stop.signal });
        });
        await Promise.race([woken, ended, ...slept]);
        stop.abort();
      }
    },
    wake: () => wakeUp(),
    idle: () => (busy.size === 0 ? Promise.resolve() : new Promise((resolve) => resting.push(resolve))),
    get busy() {
      return busy.size;
    },
  };
}

const isAbort = (cause: unknown): boolean => cause instanceof Error && cause.name === 'AbortError';

/** The original picture, with its key and its time. */
export function captureOf(facts: Facts, data: Buffer): Capture {
  const { camera, key, time, type, width, height, meta } = facts;
  return { camera, key, time, type, width, height, meta, data, hasHeadroom: false };
}
