// A viewer of an MJPEG stream that counts pictures without storing them, or that reads nothing.

import { connect, type Socket } from 'node:net';
import { BOUNDARY } from '../../plugins/kit/live/part.ts';

export interface MjpegViewer {
  readonly socket: Socket;
  readonly pictures: () => number;
}

/** `deaf`: never reads, so that unsent data accumulates. */
export function mjpegViewer(port: number, path: string, deaf = false): MjpegViewer {
  const socket = connect(port, '127.0.0.1');
  const boundary = Buffer.from(BOUNDARY);
  let found = 0;
  let tail = Buffer.alloc(0);
  socket.on('error', () => {});
  if (deaf) socket.pause();
  else {
    socket.on('data', (chunk: Buffer) => {
      const bytes = Buffer.concat([tail, chunk]);
      let at = bytes.indexOf(boundary);
      let end = 0;
      for (; at >= 0; at = bytes.indexOf(boundary, end)) {
        found++;
        end = at + boundary.length;
      }
      tail = Buffer.from(bytes.subarray(Math.max(end, bytes.length - boundary.length + 1)));
    });
  }
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  // The head names the boundary, and the first boundary comes before any picture.
  return { socket, pictures: () => Math.max(0, found - 2) };
}
