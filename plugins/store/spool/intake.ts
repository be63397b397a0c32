// Accepts frames into a spool; refuses, holds back or drops, and counts, those beyond a limit.

import type { Clock } from '../../../core/base/clock.ts';
import { formatSize } from '../../../core/base/units.ts';
import { rejected } from '../../../core/contract/final.ts';
import { environment, type Frame } from '../../../core/contract/plugin.ts';
import { asFault } from '../../kit/disk/fault.ts';
import type { Space } from '../../kit/disk/space.ts';
import { createLru } from '../../kit/work/lru.ts';
import { factsOf, MAX_FACTS } from './format.ts';
import type { Spool } from './spool.ts';

/** Limit of the bytes that wait for the disk; further frames are refused, or skipped if the source does not wait. */
export const MAX_WAITING_BYTES = 64 * 2 ** 20;
/** A frame may fill one of so many parts of the spool. */
const LARGEST_SHARE = 4;
/** Limit of cameras whose last frame's time is stored; the one that was silent for longest is dropped first. */
const MAX_CAMERAS = 100_000;

export interface IntakeRules {
  readonly path: string;
  readonly maxBytes: number;
  readonly maxFrames: number;
  readonly atLimit: 'block' | 'oldest' | 'newest';
  /** Milliseconds between two frames of a camera, of sources that do not wait. */
  readonly every: number | undefined;
  /** When the backlog is larger than `above` bytes, one frame of each camera per `every` ms is accepted. */
  readonly thin: { readonly above: number; readonly every: number } | undefined;
}

export interface IntakeOptions {
  readonly spool: Spool;
  readonly space: Space;
  readonly clock: Clock;
  count(name: string, by?: number): void;
  condition(name: 'write' | 'full', sentence: string | undefined): void;
}

export interface Intake {
  /** Resolves when the frame is on disk, or when the rules drop it; rejects if it is refused. */
  take(frame: Frame, wait: boolean): Promise<void>;
  /** Stores a frame of the dead letters again. */
  again(frame: Frame): Promise<void>;
}

export function createIntake(rules: IntakeRules, options: IntakeOptions): Intake {
  const { spool, space, clock, count, condition } = options;
  const last = createLru<string, number>(MAX_CAMERAS);
  let dropping: Promise<void> = Promise.resolve();

  const isTooSoon = (camera: string, every: number): boolean => {
    const before = last.get(camera);
    return before !== undefined && clock.monotonic() - before < every;
  };
  const isFull = (bytes: number): boolean =>
    spool.bytes + bytes > rules.maxBytes || spool.count + spool.journal.waiting >= rules.maxFrames;
  const makeRoom = async (bytes: number): Promise<void> => {
    // A seal or a removal may change nothing at once: as many rounds as there are segments are enough.
    for (let rounds = spool.segments + 1; rounds > 0 && isFull(bytes); rounds--) {
      count('dropped_oldest_total', await spool.dropOldest());
    }
  };
  const full = (): string =>
    `${rules.path} holds ${spool.count} frames (${formatSize(spool.bytes)}), as many as max_bytes and max_frames allow; they wait for the consumer.`;

  const append = async (frame: Frame, facts: Buffer): Promise<void> => {
    try {
      await space.admit(frame.data.length);
      await spool.append(frame, facts);
    } catch (cause) {
      space.invalidate();
      const fault = asFault(cause, rules.path);
      condition('write', fault instanceof Error ? fault.message : undefined);
      count('refused_total');
      throw fault;
    }
    condition('write', undefined);
    count('spooled_total');
  };
  const admit = async (frame: Frame, wait: boolean): Promise<void> => {
    const facts = factsOf(frame);
    if (facts.length > MAX_FACTS)
      throw rejected(`The facts of a picture of ${frame.camera} exceed ${MAX_FACTS} bytes.`);
    const bytes = facts.length + frame.data.length;
    if (bytes > rules.maxBytes / LARGEST_SHARE) {
      throw rejected(
        `A picture of ${frame.camera} has ${formatSize(bytes)}, more than a quarter of max_bytes (${formatSize(rules.maxBytes)}).`,
      );
    }
    if (spool.journal.waitingBytes + bytes > MAX_WAITING_BYTES) {
      if (!wait) return count('skipped_total');
      throw environment(
        'spool-busy',
        `${formatSize(MAX_WAITING_BYTES)} wait for ${rules.path}. Send this picture again.`,
      );
    }
    if (isFull(bytes)) {
      condition('full', full());
      if (rules.atLimit === 'newest') return count('dropped_newest_total');
      if (rules.atLimit === 'block') {
        if (!wait) return count('skipped_total');
        count('refused_total');
        throw environment('spool-full', full());
      }
      dropping = dropping.then(() => makeRoom(bytes));
      await dropping;
    } else condition('full', undefined);
    last.set(frame.camera, clock.monotonic());
    await append(frame, facts);
  };

  return {
    async take(frame, wait) {
      if (!wait && rules.every !== undefined && isTooSoon(frame.camera, rules.every)) return;
      const { thin } = rules;
      if (thin && spool.pendingBytes > thin.above && isTooSoon(frame.camera, thin.every)) return count('thinned_total');
      await admit(frame, wait);
    },
    again: (frame) => admit(frame, true),
  };
}
