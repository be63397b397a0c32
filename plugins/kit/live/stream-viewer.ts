// One viewer of a stream: its socket and the last frame sent. It never queues frames.

import type { Socket } from 'node:net';
import type { Frame } from '../../../core/contract/frame.ts';

export interface Viewer {
  readonly camera: string;
  /** Identifies the viewer's URL if it names no camera. */
  readonly urlKey: string | undefined;
  readonly socket: Socket;
  /** Least milliseconds between two frames; 0: every frame. */
  readonly interval: number;
  /** Monotonic time from which the next frame may be sent. */
  dueAt: number;
  /** `seq` of the last frame sent; -1 before the first. */
  sent: number;
  /** Monotonic time at which the last write was begun. */
  sentAt: number;
  /** True if a frame arrived while another was in flight. */
  missed: boolean;
  /** Called when the system has taken the frame in flight, after a missed one. Created once for each viewer. */
  readonly onTaken: () => void;
}

/** At most one frame is in flight: data buffered in user space must be written first. */
export const isBusy = (viewer: Viewer): boolean => viewer.socket.writableLength > 0;

/** One write: head, picture and boundary are one buffer, shared with every other viewer. */
export function sendTo(viewer: Viewer, frame: Frame, now: number, part: Buffer): void {
  viewer.sent = frame.seq;
  viewer.sentAt = now;
  viewer.missed = false;
  // No callback: it would cost a turn of the event loop for every viewer and frame.
  viewer.socket.write(part);
}

/** Marks a frame as missed because another is in flight: `onTaken` runs when that one has been taken. */
export function miss(viewer: Viewer): void {
  if (viewer.missed) return;
  viewer.missed = true;
  // An empty write queues a callback behind the data in flight; "drain" is not emitted after small frames.
  viewer.socket.write(EMPTY, viewer.onTaken);
}

const EMPTY = Buffer.alloc(0);

/** True when the viewer's own frame rate allows a frame now; schedules its next turn. */
export function takesTurn(viewer: Viewer, now: number): boolean {
  if (viewer.interval === 0) return true;
  // Frames jitter: one that arrives a little before its turn is better than none until the next.
  if (now < viewer.dueAt - viewer.interval / 10) return false;
  viewer.dueAt = Math.max(viewer.dueAt + viewer.interval, now);
  return true;
}
