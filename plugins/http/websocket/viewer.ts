// One viewer: its cameras, the pictures sent, and the next one. At most one picture is in flight.

import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Frame } from '../../../core/contract/frame.ts';
import { HEAD_BYTES, writeHead } from '../../kit/live/picture-head.ts';

/** Most unsent bytes in the socket, in addition to the picture in flight. */
export const MAX_UNSENT = 64 * 1024;

/** Delivery state of one camera. */
interface Watched {
  /** The number of the camera in the head of a picture. */
  readonly n: number;
  readonly mayControl: boolean;
  /** `seq` of the last picture sent; -1 before the first. */
  sent: number;
}

export interface Viewer {
  readonly socket: WebSocket;
  readonly connection: Duplex;
  readonly since: number;
  /** True after a hello as JSON; then each picture has a head. */
  modern: boolean;
  greeted: boolean;
  readonly watched: Map<string, Watched>;
  /** Cameras whose newest picture could not be sent on arrival, longest wait first. */
  readonly due: Set<string>;
  /** Monotonic time since which a picture is in flight. */
  sendingSince: number | undefined;
}

export const createViewer = (socket: WebSocket, connection: Duplex, now: number): Viewer => ({
  socket,
  connection,
  since: now,
  modern: false,
  greeted: false,
  watched: new Map(),
  due: new Set(),
  sendingSince: undefined,
});

export interface Sending {
  newest(camera: string): Frame | undefined;
  now(): number;
  time(): number;
  sent(): void;
}

/** Sends the newest picture of each due camera, one after the other, as fast as the socket accepts them. */
export function pump(viewer: Viewer, sending: Sending): void {
  if (viewer.sendingSince !== undefined || viewer.socket.bufferedAmount > MAX_UNSENT) return;
  for (const camera of viewer.due) {
    viewer.due.delete(camera);
    const watched = viewer.watched.get(camera);
    const frame = sending.newest(camera);
    if (!watched || !frame || frame.seq <= watched.sent) continue;
    watched.sent = frame.seq;
    viewer.sendingSince = sending.now();
    send(viewer, watched.n, frame, sending, () => {
      viewer.sendingSince = undefined;
      pump(viewer, sending);
    });
    sending.sent();
    return;
  }
}

function send(viewer: Viewer, n: number, frame: Frame, { time }: Sending, done: () => void): void {
  const { socket, connection } = viewer;
  if (!viewer.modern) {
    socket.send(frame.data, { binary: true }, done);
    return;
  }
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  writeHead(head, { n, seq: frame.seq, type: frame.type, time: frame.time, sent: time() });
  // Two fragments of one message (RFC 6455 §5.4) avoid a copy of the picture per viewer.
  connection.cork();
  socket.send(head, { binary: true, fin: false });
  socket.send(frame.data, { binary: true, fin: true }, done);
  connection.uncork();
}
