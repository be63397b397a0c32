// The output of an instance that has not taken effect: its frames wait, so that no running node gets one of a refused reload.

import type { Frame } from '../../contract/frame.ts';
import type { Output } from '../../contract/plugin.ts';
import { environment } from '../../contract/problems.ts';

/** Cameras of which the newest frame waits. */
export const MAX_HELD_CAMERAS = 4096;
/** Frames that wait to be acknowledged; further ones are refused. */
export const MAX_HELD_FRAMES = 64;

export interface HeldOutput {
  readonly output: Output;
  /** What waits goes out, and so does everything from now on. */
  open(): void;
  /** What waits is refused. */
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

const notYet = (): Error => environment('not-running', 'the node does not take frames yet; send it again later');
