// One viewer: which cameras it watches, what it has been sent, and what goes next. At most one picture is on its way.

import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Frame } from '../../../core/contract/frame.ts';
import { HEAD_BYTES, writeHead } from '../../kit/live/picture-head.ts';

/** Bytes that may wait in the socket, besides the picture on its way. */
export const MAX_UNSENT = 64 * 1024;

/** What a viewer has of one camera. */
interface Watched {
  /** Stands for the camera in the head of a picture. */
  readonly n: number;
  readonly mayControl: boolean;
  /** `seq` of the picture sent last. */
  sent: number;
}

export interface Viewer {
  readonly socket: WebSocket;
  readonly connection: Duplex;
  readonly since: number;
  /** Said hello as JSON: pictures are preceded by a head. */
  modern: boolean;
  greeted: boolean;
  readonly watched: Map<string, Watched>;
  /** Cameras whose newest picture could not go when it came; the one that has waited longest first. */
  readonly due: Set<string>;
  /** Monotonic time since which a picture is on its way. */
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

/** Sends the newest picture of each camera that is due, one after the other, as fast as the socket takes them. */
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
  // Two fragments of one message (RFC 6455 §5.4), so that no viewer needs a copy of the picture.
  connection.cork();
  socket.send(head, { binary: true, fin: false });
  socket.send(frame.data, { binary: true, fin: true }, done);
  connection.uncork();
}
