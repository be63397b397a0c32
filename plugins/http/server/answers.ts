// The server's own error responses; they reveal no internals.

import { STATUS_CODES } from 'node:http';
import type { FastifyReply } from 'fastify';

/** Sends a status with one sentence as JSON. */
export function answer(
  reply: FastifyReply,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): FastifyReply {
  return reply
    .code(status)
    .headers(headers)
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(`${JSON.stringify({ status, error: message })}\n`);
}

/** The same response for sockets without a response object (refused connections and handshakes). It closes the connection. */
export function rawAnswer(status: number, message: string, headers: Readonly<Record<string, string>> = {}): string {
  const body = `${JSON.stringify({ status, error: message })}\n`;
  const lines = Object.entries({
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'Cache-Control': 'no-store',
    Connection: 'close',
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Resource-Policy': 'same-site',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`;
}
