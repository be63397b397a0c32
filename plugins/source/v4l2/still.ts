// Takes one picture: opens the camera, waits for the warm-up, checks the picture and closes the camera.

import { environment, isFault } from '../../../core/contract/plugin.ts';
import { devicePath } from './devices.ts';
import { type CameraSpec, type OpenContext, openCamera, reapplies } from './open.ts';
import { brightness } from './pixels.ts';
import type { Shot } from './shot.ts';
import { createWarmUp, isCounted, type WarmUp } from './warm-up.ts';

/** Cameras send a damaged picture now and then, above all as the first one. */
const ATTEMPTS = 3;
const RETRYABLE: ReadonlySet<string> = new Set(['broken-picture', 'undecodable']);

/** @throws Fault `environment`: why there is no picture */
export async function takeStill(
  spec: CameraSpec,
  warmUp: WarmUp,
  context: OpenContext,
  signal: AbortSignal,
): Promise<Shot> {
  for (let attempt = 1; ; attempt++) {
    try {
      // A camera that damages the first picture of each opening needs one more to be skipped.
      const skip = (warmUp.pictures ?? 0) + attempt - 1;
      const shot = await takeOne(spec, { ...warmUp, pictures: skip }, context, signal);
      await decode(shot, devicePath(spec.device));
      return shot;
    } catch (cause) {
      signal.throwIfAborted();
      if (attempt === ATTEMPTS || !isFault(cause) || !RETRYABLE.has(cause.code)) throw cause;
      context.metrics.count('stills_repeated_total');
    }
  }
}

async function takeOne(spec: CameraSpec, warmUp: WarmUp, context: OpenContext, signal: AbortSignal): Promise<Shot> {
  const taken = new AbortController();
  let found: Shot | undefined;
  const warm = createWarmUp(warmUp, context, (shot) => {
    found ??= shot;
    taken.abort();
  });
  const skip = warmUp.pictures ?? 0;
  const single = isCounted(warmUp) && !reapplies(spec);
  const options = single ? { skip, count: 1 } : { skip, afterControls: true };
  const until = single ? signal : AbortSignal.any([signal, taken.signal]);
  await openCamera(spec, context, options, until, warm);
  signal.throwIfAborted();
  if (!found) throw environment('no-picture', `${devicePath(spec.device)} gave no picture.`);
  return found;
}

/** Markers may be intact and the data between them garbage. Without sharp only the markers are checked. */
async function decode(shot: Shot, device: string): Promise<void> {
  const image = await shot.image();
  try {
    await brightness(image);
  } catch (cause) {
    if (isFault(cause) && cause.code === 'sharp-missing') return;
    throw environment('undecodable', `${device} sent a picture that cannot be decoded.`, cause);
  }
}
