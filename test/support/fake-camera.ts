// Simulated network cameras that send exactly the bytes of a test.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Ending } from './harness.ts';

export interface FakeCamera {
  readonly port: number;
  /** The head of every request so far. */
  readonly requests: readonly string[];
  /** Number of open connections. */
  open(): number;
}

/** A server that reads the head of each request (bodies are not expected) and passes on the raw socket. */
export async function fakeCamera(
  t: Ending,
  answer: (socket: Socket, head: string, count: number) => void,
): Promise<FakeCamera> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = '';
    socket
      .setNoDelay(true)
      .on('error', () => {})
      .on('close', () => sockets.delete(socket))
      .on('data', (chunk) => {
        // A client may reuse the connection before it has noticed the end; its request gets no response, and it repeats it.
        if (socket.writableEnded) return;
        text += chunk.toString('latin1');
        for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
          const head = text.slice(0, end);
          text = text.slice(end + 4);
          requests.push(head);
          answer(socket, head, requests.length);
        }
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, requests, open: () => sockets.size };
}

/** Bytes as one HTTP chunk (RFC 9112 §7.1). */
export const chunk = (...parts: readonly (string | Buffer)[]): Buffer => {
  const body = join(...parts);
  return join(`${body.length.toString(16)}\r\n`, body, '\r\n');
};

export const join = (...parts: readonly (string | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));

/** A whole response with a length. */
export const response = (status: string, headers: readonly string[], body: string | Buffer = ''): Buffer =>
  join(
    `HTTP/1.1 ${status}\r\n`,
    ...headers.map((header) => `${header}\r\n`),
    `Content-Length: ${join(body).length}\r\n\r\n`,
    body,
  );

/** True if the request has the right digest (MD5, qop=auth) for realm "cam" and nonce "nonce1". Independent of the client's code. */
export function digestPasses(head: string, password: string): boolean {
  const field = (name: string): string => new RegExp(`[ ,]${name}="?([^",\\r]*)`).exec(head)?.[1] ?? '';
  const [method, path] = head.split(' ');
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
  const secret = md5(`${field('username')}:cam:${password}`);
  const answer = [secret, field('nonce'), field('nc'), field('cnonce'), 'auth', md5(`${method}:${path}`)].join(':');
  return field('nonce') === 'nonce1' && field('uri') === path && field('response') === md5(answer);
}
