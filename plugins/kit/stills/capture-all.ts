// Captures for one request: services that occupy the cameras stop once, and start again after the last picture.

import { startDeadline } from '../../../core/base/deadline.ts';
import { formatDuration } from '../../../core/base/units.ts';
import {
  type CaptureAllOptions,
  type CaptureScope,
  type Clock,
  environment,
  type Fault,
  type Frame,
  isFault,
} from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import { openScope } from '../../../core/contract/scope.ts';

type Ask = (camera: string, scope: CaptureScope, signal: AbortSignal) => Promise<Frame>;

/** Returns a frame or a Fault for every camera. Rejects only with the reason of the caller's signal. */
export async function captureAll(
  ask: Ask,
  cameras: readonly string[],
  { signal, deadlineMs, facts = {} }: CaptureAllOptions,
  clock?: Pick<Clock, 'sleep'>,
): Promise<ReadonlyMap<string, Frame | Fault>> {
  const late = (): Fault =>
    environment(
      'capture-timeout',
      `No picture arrived within ${formatDuration(deadlineMs)}, the time to stop services included.`,
    );
  const deadline = startDeadline({ ms: deadlineMs, late, signals: [signal], ...(clock ? { clock } : {}) });
  const { scope, end } = openScope(deadline.signal, facts);
  const capture = async (camera: string): Promise<Frame | Fault> => {
    try {
      return await deadline.race(ask(camera, scope, deadline.signal));
    } catch (cause) {
      return isFault(cause) ? cause : environment('capture-failed', `${sentence(cause)}.`, cause);
    }
  };
  try {
    const results = new Map<string, Frame | Fault>();
    const taken = await Promise.all(cameras.map(capture));
    cameras.forEach((camera, index) => {
      results.set(camera, taken[index] ?? late());
    });
    for (const [camera, result] of results) {
      // The bandwidth may be too low for all cameras at once, but sufficient for each.
      if (isFault(result) && result.code === 'usb-bandwidth') results.set(camera, await capture(camera));
    }
    signal.throwIfAborted();
    return results;
  } finally {
    // The services start in any case; the answer waits for them, but not beyond the deadline.
    const ended = end();
    await deadline.race(ended).catch(() => {});
    deadline.end();
  }
}

/** One camera; rejects with the Fault of the capture, or the signal's reason. */
export async function captureOne(ask: Ask, camera: string, signal: AbortSignal): Promise<Frame> {
  const { scope, end } = openScope(signal);
  try {
    return await ask(camera, scope, signal);
  } finally {
    await end();
  }
}
