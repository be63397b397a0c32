// Holds back a camera's first pictures until a time has passed or its brightness has settled.

import type { Milliseconds } from '../../../core/base/units.ts';
import type { Clock, Log } from '../../../core/contract/plugin.ts';
import { brightness } from './pixels.ts';
import { createSettling } from './settle.ts';
import type { Shot } from './shot.ts';

export interface WarmUp {
  /** Pictures to skip; v4l2-ctl skips them. */
  readonly pictures?: number;
  readonly time?: Milliseconds;
  readonly settled?: boolean;
}

/** A scene that never settles, such as a flickering lamp, must not hold back pictures for ever. */
export const MAX_SETTLING_MS = 10_000;

/** True if the number of pictures to skip is fixed beforehand. */
export const isCounted = ({ time, settled }: WarmUp): boolean => time === undefined && settled !== true;

/** Delivers the picture that ends the warm-up, and all after it. */
export function createWarmUp(
  { time = 0, settled = false }: WarmUp,
  { clock, log }: { readonly clock: Pick<Clock, 'monotonic'>; readonly log: Log },
  deliver: (shot: Shot) => void,
): (shot: Shot) => void {
  const settling = createSettling();
  let warm = false;
  let measuring = false;
  let first: number | undefined;

  const measure = async (shot: Shot): Promise<void> => {
    measuring = true;
    try {
      if (!settling(await brightness(await shot.image())) || warm) return;
      warm = true;
      deliver(shot);
    } catch {
      // It cannot be decoded: the next picture is measured instead.
    } finally {
      measuring = false;
    }
  };
  return (shot) => {
    if (warm) return deliver(shot);
    first ??= clock.monotonic();
    const passed = clock.monotonic() - first;
    if (passed < time) return;
    if (settled && passed < time + MAX_SETTLING_MS) {
      if (!measuring) void measure(shot);
      return;
    }
    if (settled) log.warn('the brightness has not settled; pictures are used anyway', { waited_ms: passed });
    warm = true;
    deliver(shot);
  };
}
