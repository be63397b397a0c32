// One WebSocket of a camera: bytes in, small messages out, and an end that never waits for the camera.

import type { Duplex } from 'node:stream';
import { frame } from '../../kit/websocket/frame.ts';
import { createFrameReader, OPCODE } from '../../kit/websocket/frame-reader.ts';

/** Limit of the bytes that wait for a camera; further messages are dropped. The original client never reads any. */
export const MAX_UNSENT = 64 * 1024;
/** Milliseconds in which a camera must close after the close frame. */
export const CLOSE_MS = 1000;

/** Close codes (RFC 6455 §7.4.1; 1013 of its registry; 4000 and above are for applications). */
export const CLOSE = {
  leaving: 1001,
  protocol: 1002,
  unsupported: 1003,
  policy: 1008,
  tooLarge: 1009,
  later: 1013,
  replaced: 4001,
} as const;

export interface ConnectionEvents {
  /** Bytes of binary messages; `last`: a message ends with them. Valid only during the call. */
  data(bytes: Buffer, last: boolean): void;
  /** Any bytes have arrived. */
  alive(): void;
  /** It is closed or about to close. Called once. */
  ended(): void;
}

export interface Connection {
  /** False if the message was dropped: the camera does not read, or is disconnected. */
  send(opcode: number, payload: Buffer): boolean;
  /** Sends the code and the reason, stops reading, and ends the connection within CLOSE_MS. */
  close(code: number, reason: string): void;
  /** Ends it at once. */
  destroy(): void;
  pause(): void;
  resume(): void;
  isOpen(): boolean;
}

export function createConnection(socket: Duplex, head: Buffer, events: ConnectionEvents): Connection {
  let open = true;
  const end = (): void => {
    if (!open) return;
    open = false;
    reader.stop();
    events.ended();
  };
  const close = (code: number, reason: string): void => {
    if (!open) return;
    const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
    payload.writeUInt16BE(code);
    payload.write(reason, 2);
    socket.write(frame(OPCODE.close, payload));
    finish();
  };
  /** The stream ends after the close frame; further bytes of the peer are not read. */
  const finish = (): void => {
    end();
    socket.pause();
    socket.end();
    const late = setTimeout(() => socket.destroy(), CLOSE_MS);
    late.unref();
    socket.once('close', () => clearTimeout(late));
  };
  const send = (opcode: number, payload: Buffer): boolean => {
    if (!open || socket.writableLength > MAX_UNSENT) return false;
    socket.write(frame(opcode, payload));
    return true;
  };

  const reader = createFrameReader({
    data: events.data,
    text: () => close(CLOSE.unsupported, 'only binary messages are accepted'),
    control(opcode, payload) {
      if (opcode === OPCODE.ping) send(OPCODE.pong, Buffer.from(payload));
      if (opcode !== OPCODE.close || !open) return;
      socket.write(frame(OPCODE.close, payload.length >= 2 ? Buffer.from(payload.subarray(0, 2)) : Buffer.alloc(0)));
      finish();
    },
    violation: (reason) => close(CLOSE.protocol, reason),
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', end);
  socket.on('end', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    if (!open) return;
    events.alive();
    reader.push(chunk);
  });
  if (head.length > 0) socket.unshift(head);

  return {
    send,
    close,
    destroy() {
      end();
      socket.destroy();
    },
    pause: () => void socket.pause(),
    resume: () => void (open && socket.resume()),
    isOpen: () => open,
  };
}
