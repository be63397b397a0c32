// A TCP client that sends exact bytes and records the response bytes.

import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { until } from './until.ts';

export interface RawClient {
  readonly socket: Duplex;
  /** All bytes received so far. */
  bytes(): Buffer;
  text(): string;
  /** Number of bytes received. */
  size(): number;
  send(text: string): void;
  /** Resolves with all received text once it contains `text` `times` times. */
  sees(text: string, times?: number): Promise<string>;
  /** Resolves with all received text once the server has ended the connection. */
  ended(): Promise<string>;
  readonly isClosed: () => boolean;
}

export interface Ending {
  teardown(work: () => void): void;
}

export function rawClient(t: Ending, port: number | Duplex, request = ''): RawClient {
  const socket: Duplex = typeof port === 'number' ? connect(port, '127.0.0.1') : port;
  const chunks: Buffer[] = [];
  let closed = false;
  let size = 0;
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  t.teardown(() => void socket.destroy());
  if (request) socket.write(request);
  const bytes = (): Buffer => Buffer.concat(chunks);
  const text = (): string => bytes().toString('latin1');
  return {
    socket,
    bytes,
    text,
    size: () => size,
    send: (more) => void socket.write(more),
    sees: (expected, times = 1) =>
      until(
        () => text().split(expected).length > times && text(),
        `"${expected}" ${times} times, got "${text().slice(0, 400)}"`,
      ),
    async ended() {
      await until(() => closed, 'the server to end the connection');
      return text();
    },
    isClosed: () => closed,
  };
}

/** A request with a Host header; further lines without their line ends. */
export const get = (path: string, ...lines: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: camd.test', ...lines, '', ''].join('\r\n');

/** A client that never reads, so that unsent data accumulates. */
export function deafClient(t: Ending, port: number, request: string): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.pause();
  socket.write(request);
  t.teardown(() => void socket.destroy());
  return socket;
}
