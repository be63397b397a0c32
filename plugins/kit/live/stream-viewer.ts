// One viewer of a stream: its socket and the last frame sent. It never queues frames.

import type { Socket } from 'node:net';
import type { Frame } from '../../../core/contract/frame.ts';

export interface Viewer {
  readonly camera: string;
  /** How the viewer asked, where the URL does not name the camera. */
  readonly asked: string | undefined;
  readonly socket: Socket;
  /** Least milliseconds between two frames; 0: as they come. */
  readonly interval: number;
  /** Monotonic time from which the next frame may be sent. */
  dueAt: number;
  /** `seq` of the frame sent last; -1 before the first. */
  sent: number;
  /** Monotonic time at which the last write was begun. */
  sentAt: number;
  /** A frame came while another was in flight. */
  missed: boolean;
  /** Runs when the system has taken what was in flight while a frame came: one function for the life of the viewer. */
  readonly onTaken: () => void;
}

/** At most one frame in flight: what user space still holds must be gone first. */
export const isBusy = (viewer: Viewer): boolean => viewer.socket.writableLength > 0;

/** One write: head, picture and boundary are one buffer, shared with every other viewer. */
export function sendTo(viewer: Viewer, frame: Frame, now: number, part: Buffer): void {
  viewer.sent = frame.seq;
  viewer.sentAt = now;
  viewer.missed = false;
  // Without a callback: it would cost every viewer a turn of the event loop for every frame.
  viewer.socket.write(part);
}

/** A frame came while another was in flight: `onTaken` runs when that one is through. */
export function miss(viewer: Viewer): void {
  if (viewer.missed) return;
  viewer.missed = true;
  // Writing nothing puts a callback behind what is in flight; "drain" would not come after small frames.
  viewer.socket.write(NOTHING, viewer.onTaken);
}

const NOTHING = Buffer.alloc(0);

/** True when the viewer's own frame rate allows a frame now; moves its next turn on. */
export function takesTurn(viewer: Viewer, now: number): boolean {
  if (viewer.interval === 0) return true;
  // Frames jitter: one that comes a little before its turn is better than none until the next.
  if (now < viewer.dueAt - viewer.interval / 10) return false;
  viewer.dueAt = Math.max(viewer.dueAt + viewer.interval, now);
  return true;
}
