// Holds the frames of an instance that is not in effect yet, so that no running node receives a frame from a refused reload.

import type { Frame } from '../../contract/frame.ts';
import type { Output } from '../../contract/plugin.ts';
import { environment } from '../../contract/problems.ts';

/** Cameras whose newest frame is held. */
export const MAX_HELD_CAMERAS = 4096;
/** Frames held that await acknowledgement; further ones are refused. */
export const MAX_HELD_FRAMES = 64;

export interface HeldOutput {
  readonly output: Output;
  /** Sends the held frames, and every later frame directly. */
  open(): void;
  /** Refuses the held frames. */
  close(): void;
}

export function createHeldOutput(inner: Output): HeldOutput {
  let opened = false;
  const newest = new Map<string, Frame>();
  const waiting: { readonly frame: Frame; resolve(sent: Promise<void>): void; reject(cause: unknown): void }[] = [];

  const hold = (frame: Frame, wait: boolean): Promise<void> => {
    if (!wait) {
      if (newest.size < MAX_HELD_CAMERAS || newest.has(frame.camera)) newest.set(frame.camera, frame);
      return DONE;
    }
    if (waiting.length >= MAX_HELD_FRAMES) return Promise.reject(notYet());
    return new Promise((resolve, reject) => waiting.push({ frame, resolve, reject }));
  };

  return {
    output: {
      ...inner,
      emit: (frame, wait = false) => (opened ? inner.emit(frame, wait) : hold(frame, wait)),
    },
    open() {
      if (opened) return;
      opened = true;
      for (const frame of newest.values()) inner.emit(frame, false).catch(() => {});
      newest.clear();
      for (const { frame, resolve } of waiting.splice(0)) resolve(inner.emit(frame, true));
    },
    close() {
      newest.clear();
      for (const { reject } of waiting.splice(0)) reject(notYet());
    },
  };
}

const DONE = Promise.resolve();

const notYet = (): Error => environment('not-running', 'the node does not accept frames yet; send it again later');
