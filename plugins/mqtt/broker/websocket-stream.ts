// MQTT over WebSocket as a stream of bytes (MQTT 3.1.1 §6): messages are passed on as they arrive and never collected.

import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { frame, MAX_FRAME } from '../../kit/websocket/frame.ts';
import { createFrameReader, OPCODE } from '../../kit/websocket/frame-reader.ts';

/** Limit of unsent bytes; beyond it, pings of the client are not answered. */
const MAX_UNSENT = 64 * 1024;
/** Close codes (RFC 6455 §7.4.1). */
const PROTOCOL_ERROR = 1002;
const UNSUPPORTED = 1003;

/** `socket` has been upgraded; `head`: bytes received after the request. */
export function openWebSocketStream(socket: Socket, head: Buffer): Duplex {
  const stream = new Duplex({
    read: () => void socket.resume(),
    write(chunk: Buffer, _encoding, done) {
      let goesOn = true;
      for (let at = 0; at < chunk.length; at += MAX_FRAME) {
        goesOn = socket.write(frame(OPCODE.binary, chunk.subarray(at, at + MAX_FRAME)));
      }
      if (goesOn || socket.destroyed) done();
      else waiting = done;
    },
    final(done) {
      socket.end(frame(OPCODE.close, closing(1000)), () => done());
    },
    destroy(cause, done) {
      reader.stop();
      socket.destroySoon();
      done(cause);
    },
  });
  let waiting: (() => void) | undefined;
  const proceed = (): void => {
    const done = waiting;
    waiting = undefined;
    done?.();
  };
  const refuse = (code: number): void => {
    socket.write(frame(OPCODE.close, closing(code)));
    stream.destroy();
  };
  const reader = createFrameReader({
    data(bytes) {
      // The bytes are only valid during this call.
      if (bytes.length > 0 && !stream.push(Buffer.from(bytes))) socket.pause();
    },
    text: () => refuse(UNSUPPORTED),
    control(opcode, payload) {
      if (opcode === OPCODE.ping && socket.writableLength <= MAX_UNSENT) {
        socket.write(frame(OPCODE.pong, Buffer.from(payload)));
      }
      if (opcode === OPCODE.close) stream.destroy();
    },
    violation: () => refuse(PROTOCOL_ERROR),
  });
  socket.on('data', (chunk: Buffer) => reader.push(chunk));
  socket.on('drain', proceed);
  socket.on('close', () => {
    proceed();
    stream.destroy();
  });
  socket.on('error', () => stream.destroy());
  if (head.length > 0) socket.unshift(head);
  return stream;
}

function closing(code: number): Buffer {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return payload;
}
