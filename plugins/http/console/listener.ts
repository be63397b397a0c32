// The console's own HTTP server on connections of the core's listener, with optional TLS, routes and WebSockets.

import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import Fastify from 'fastify';
import { type HttpReply, type HttpRequest, isFault, type Node } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { HttpConsoleOptions } from '../../../schemas/http/console.ts';
import { readPair } from '../../kit/http/certificate.ts';
import { MAX_BODY } from './answer.ts';
import { UNIX } from './gate.ts';

/** Most simultaneous connections: several users, each with several tabs. */
export const MAX_CONNECTIONS = 256;
const MAX_HEAD = 16 * 1024;
const HEAD_MS = 10_000;
const REQUEST_MS = 60_000;
/** Milliseconds between two checks for slow requests. */
const CHECK_MS = 1000;

export interface Handling {
  /** Answers every request; `path` has no query. */
  request(request: HttpRequest, reply: HttpReply, path: string): unknown;
  /** Takes over the socket, or answers and ends it. */
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer, path: string): void;
}

/** Returns the origin. */
export async function serve(node: Node<HttpConsoleOptions>, handling: Handling): Promise<string> {
  let http: Server | undefined;
  const app = Fastify({
    exposeHeadRoutes: false,
    genReqId: () => '',
    serverFactory: (handler) => {
      http = createServer(
        {
          maxHeaderSize: MAX_HEAD,
          headersTimeout: HEAD_MS,
          requestTimeout: REQUEST_MS,
          connectionsCheckingInterval: CHECK_MS,
          noDelay: true,
        },
        handler,
      );
      return http;
    },
  });
  app.removeAllContentTypeParsers();
  // The routes read bodies within their limits.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined));
  app.route({
    method: ['GET', 'HEAD', 'POST', 'DELETE', 'PUT', 'PATCH', 'OPTIONS'],
    url: '*',
    handler: (request, reply) => {
      const asked: HttpRequest = Object.assign(request, { maxBody: MAX_BODY });
      return handling.request(asked, reply, pathOf(request.raw.url));
    },
  });
  app.setErrorHandler((error, _request, reply) => {
    if (!isFault(error)) node.log.error('a request failed', { error: sentence(error) });
    void reply.code(500).send({ code: 'failed', message: 'Internal error; see the log of camd.' });
  });
  await app.ready();
  if (!http) throw new Error('Fastify has made no server');
  const server = http;
  server.on('upgrade', (request: IncomingMessage, socket, head) =>
    handling.upgrade(request, socket as Socket, head, pathOf(request.url)),
  );
  // Node starts timeouts when a server listens, but here the core owns the listener.
  server.emit('listening');

  const open = new Set<Socket>();
  const front = node.options.tls && (await createFront(node, node.options.tls, server));
  const listener = await node.listen(node.options.listen);
  listener.accept((socket) => {
    if (open.size >= MAX_CONNECTIONS) return socket.destroy();
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', (error: NodeJS.ErrnoException) => node.log.debug('a connection broke', { code: error.code }));
    (front ?? server).emit('connection', socket);
  });
  node.metrics.gauge('connections', () => open.size);
  node.defer(async () => {
    front?.close();
    for (const socket of open) socket.destroy();
    server.close();
    await app.close();
  });
  if (listener.port === 0) return listener.address;
  const host = listener.host === '' ? 'localhost' : listener.host;
  return `${front ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${listener.port}`;
}

async function createFront(
  node: Node<HttpConsoleOptions>,
  files: NonNullable<HttpConsoleOptions['tls']>,
  server: Server,
): Promise<TlsServer> {
  const pair = await readPair(node.resolve(files.cert), node.resolve(files.key));
  const front = createTlsServer({
    ...pair,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: HEAD_MS,
  });
  front.on('tlsClientError', (_error, socket) => socket.destroy());
  front.on('secureConnection', (socket) => server.emit('connection', socket));
  return front;
}

export const addressOf = (socket: Socket): string => (socket.remoteAddress ?? UNIX).replace(/^::ffff:/, '');

/** The path of a request target without its query. */
function pathOf(target = '/'): string {
  const end = target.indexOf('?');
  return end < 0 ? target : target.slice(0, end);
}

/** Refuses a WebSocket handshake and ends the connection. */
export function refuseUpgrade(socket: Socket, status: number, message: string): void {
  const body = `${JSON.stringify({ message })}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroySoon(),
  );
}
