// Stand-in HTTP servers of a test: they record requests and WebSocket messages, and answer as the test file says.

import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import type { ServerSpec } from './language.ts';
import type { Network } from './network.ts';

const MAX_BODY_BYTES = 64 * 2 ** 20;
/** Most requests and messages that one server records. */
const MAX_RECEIVED = 10_000;

export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface StandIn {
  /** Such as "http://127.0.0.1:41234". */
  readonly origin: string;
  readonly received: readonly Received[];
  close(): Promise<void>;
}

export async function startStandIn(spec: ServerSpec, network: Network): Promise<StandIn> {
  const received: Received[] = [];
  const statuses = typeof spec.status === 'number' ? [spec.status] : spec.status;
  let answered = 0;
  const record = (request: Received): void => {
    if (received.length < MAX_RECEIVED) received.push(request);
  };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    let size = 0;
    request.on('data', (part: Buffer) => {
      size += part.length;
      if (size > MAX_BODY_BYTES) request.destroy();
      else parts.push(part);
    });
    request.on('end', () => {
      record({ ...headOf(request), body: Buffer.concat(parts) });
      const status = statuses[Math.min(answered++, statuses.length - 1)] ?? 200;
      const body = status === 204 || status === 304 ? '' : spec.body;
      response.writeHead(status, spec.headers ?? {}).end(body);
    });
  });
  server.on('connection', (socket: Socket) => network.watch(socket));
  const sockets = new WebSocketServer({ server, maxPayload: MAX_BODY_BYTES });
  sockets.on('connection', (socket, request) => {
    socket.on('message', (data: Buffer) => record({ ...headOf(request), method: 'MESSAGE', body: data }));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  network.allow(port);
  return {
    origin: `http://127.0.0.1:${port}`,
    received,
    async close() {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const headOf = ({ method = 'GET', url = '/', headers }: IncomingMessage): Omit<Received, 'body'> => ({
  method,
  url,
  headers,
});
