// One viewer: its cameras, pictures in flight, and the next picture to send. It never queues pictures.

import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Frame } from '../../../core/contract/frame.ts';
import type { PictureClass } from './classes.ts';
import { createDrain, type Drain } from './drain.ts';
import { createWindow, type Window } from './window.ts';
import { HEAD_BYTES, writeHead } from './wire.ts';

/** Delivery state of one camera for one viewer. */
interface Seat {
  readonly camera: string;
  readonly n: number;
  /** Width on the screen in pixels, if the page sends it. */
  width: number | undefined;
  /** `seq` of the last picture sent; -1 before the first. */
  sent: number;
  /** Monotonic time from which the next picture may be sent. */
  dueAt: number;
  /** The unacknowledged picture, if any. */
  flight: { readonly seq: number; readonly bytes: number; readonly at: number } | undefined;
}

export interface Viewer {
  readonly socket: WebSocket;
  /** The underlying connection, to which head and picture are written at once. */
  readonly connection: Duplex;
  /** Cameras that the viewer may see; undefined for all. */
  readonly cameras: ReadonlySet<string> | undefined;
  readonly window: Window;
  readonly drain: Drain;
  /** Milliseconds of the fastest round trip. */
  roundTrip: number;
  /** Monotonic time of an unanswered ping. */
  pingAt: number | undefined;
  /** True if the browser saves data. */
  save: boolean;
  /** By camera id: watched cameras, and those with a picture in flight. */
  readonly seats: Map<string, Seat>;
  readonly watched: Set<string>;
  /** Seats whose next picture could not be sent on arrival, longest wait first. */
  readonly due: Set<Seat>;
  /** Monotonic time of its last message. */
  heardAt: number;
}

export interface Sending {
  /** Monotonic milliseconds. */
  readonly now: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Minimum milliseconds between two pictures of a camera; 0: no limit. */
  readonly interval: number;
}

/** The newest picture of a camera in the class that a viewer gets. */
export interface Offered {
  readonly frame: Frame | undefined;
  readonly as: PictureClass;
}

export type Outcome = 'sent' | 'held' | 'known';

/** Starts a measurement of the round trip unless one is running. */
export function ping(viewer: Viewer, now: number): void {
  if (viewer.pingAt !== undefined) return;
  viewer.pingAt = now;
  viewer.socket.ping();
}

export function pongReceived(viewer: Viewer, now: number): void {
  viewer.heardAt = now;
  if (viewer.pingAt !== undefined) viewer.roundTrip = Math.min(viewer.roundTrip, now - viewer.pingAt);
  viewer.pingAt = undefined;
}

export const createViewer = (
  socket: WebSocket,
  connection: Duplex,
  now: number,
  cameras?: ReadonlySet<string>,
): Viewer => ({
  socket,
  connection,
  cameras,
  window: createWindow(),
  drain: createDrain(),
  roundTrip: Number.POSITIVE_INFINITY,
  pingAt: undefined,
  save: false,
  seats: new Map(),
  watched: new Set(),
  due: new Set(),
  heardAt: now,
});

export function watch(viewer: Viewer, camera: string, n: number): void {
  viewer.watched.add(camera);
  if (viewer.seats.has(camera)) return;
  viewer.seats.set(camera, { camera, n, width: undefined, sent: -1, dueAt: 0, flight: undefined });
}

export function unwatch(viewer: Viewer, camera: string): void {
  viewer.watched.delete(camera);
  const seat = viewer.seats.get(camera);
  if (!seat) return;
  viewer.due.delete(seat);
  // If the viewer watches the camera again, the picture is sent again, because the page may have dropped it.
  seat.sent = -1;
  if (!seat.flight) viewer.seats.delete(camera);
}

/** Sends the newest picture of a camera, or marks it as due. */
export function offer(viewer: Viewer, frame: Frame, as: PictureClass, sending: Sending): Outcome {
  const seat = viewer.seats.get(frame.camera);
  if (!seat || frame.seq <= seat.sent) return 'known';
  if (seat.flight || !viewer.window.isOpen() || !isItsTurn(seat, sending)) {
    viewer.due.add(seat);
    return 'held';
  }
  viewer.due.delete(seat);
  send(viewer, seat, frame, as, sending);
  return 'sent';
}

/** Sends the newest picture of due cameras, longest wait first. Returns the number of pictures. */
export function pump(viewer: Viewer, newest: (camera: string) => Offered, sending: Sending): number {
  let sent = 0;
  for (const seat of viewer.due) {
    if (!viewer.window.isOpen()) break;
    if (seat.flight) continue;
    const { frame, as } = newest(seat.camera);
    const isNew = frame !== undefined && frame.seq > seat.sent;
    if (isNew && !isItsTurn(seat, sending)) continue;
    viewer.due.delete(seat);
    if (!isNew) continue;
    send(viewer, seat, frame, as, sending);
    sent++;
  }
  return sent;
}

/** False if this picture is not in flight; `level` if the drain level has changed. */
export function acknowledge(viewer: Viewer, camera: string, seq: number, now: number): boolean | 'level' {
  const seat = viewer.seats.get(camera);
  if (!seat?.flight || seat.flight.seq !== seq) return false;
  const { bytes, at } = seat.flight;
  viewer.window.acknowledged(bytes, now - at);
  seat.flight = undefined;
  if (!viewer.watched.has(camera)) viewer.seats.delete(camera);
  const isNew = viewer.drain.acknowledged(at, now, Number.isFinite(viewer.roundTrip) ? viewer.roundTrip : 0);
  return isNew ? 'level' : true;
}

/** Monotonic time at which the oldest unacknowledged picture was sent; undefined when there is none. */
export function oldestFlight(viewer: Viewer): number | undefined {
  let oldest: number | undefined;
  for (const { flight } of viewer.seats.values()) {
    if (flight && (oldest === undefined || flight.at < oldest)) oldest = flight.at;
  }
  return oldest;
}

function isItsTurn(seat: Seat, { now, interval }: Sending): boolean {
  // Frames jitter, so a frame that is slightly early counts as due.
  return interval === 0 || now >= seat.dueAt - interval / 10;
}

/** Two fragments of one message (RFC 6455 §5.4), so that the picture is not copied for each viewer. */
function send(viewer: Viewer, seat: Seat, frame: Frame, as: PictureClass, { now, time, interval }: Sending): void {
  seat.sent = frame.seq;
  seat.dueAt = Math.max(seat.dueAt + interval, now);
  seat.flight = { seq: frame.seq >>> 0, bytes: frame.data.length, at: now };
  viewer.window.sent(frame.data.length);
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  writeHead(head, { n: seat.n, seq: frame.seq, type: frame.type, time: frame.time, sent: time, reduced: as });
  viewer.connection.cork();
  viewer.socket.send(head, { binary: true, fin: false });
  viewer.socket.send(frame.data, { binary: true, fin: true });
  viewer.connection.uncork();
}
