// A fake Moonraker with one printer: answers the requests of printer/moonraker and reports changes of its objects.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Ending } from './harness.ts';

type Objects = Record<string, Record<string, unknown>>;

export interface Klipper {
  readonly url: string;
  readonly port: number;
  /** Called methods, in order. */
  readonly calls: string[];
  readonly handshakes: IncomingHttpHeaders[];
  readonly visitors: () => number;
  /** Changes objects, like Klipper, and notifies the subscribers. */
  change(update: Objects): void;
  notify(method: string, params?: readonly unknown[]): void;
  /** State in the reply to `server.info`. */
  klippy: string;
  /** Required in handshakes if set. */
  key: string | undefined;
  /** Runs right after the reply to a subscription; what it sends arrives together with the reply. */
  afterSubscription: () => void;
  /** Layer heights by file. */
  readonly metadata: Map<string, Record<string, unknown>>;
  /** Closes every connection. */
  cut(): void;
  close(): void;
}

export async function klipper(t: Ending, port = 0): Promise<Klipper> {
  const objects: Objects = {
    webhooks: { state: 'ready' },
    print_stats: { state: 'standby', filename: '', info: { total_layer: null, current_layer: null } },
    gcode_move: { gcode_position: [0, 0, 0, 0] },
  };
  const subscribers = new Map<WebSocket, Objects>();
  const clients = new Set<WebSocket>();
  const calls: string[] = [];
  const handshakes: IncomingHttpHeaders[] = [];
  const metadata = new Map<string, Record<string, unknown>>();
  const http = createServer((_request, response) => response.writeHead(404).end());
  const ws = new WebSocketServer({ noServer: true });

  const answer = (client: WebSocket, method: string, params: Record<string, unknown>): object => {
    if (method === 'server.info')
      return { result: { klippy_connected: self.klippy !== 'disconnected', klippy_state: self.klippy } };
    if (method === 'server.connection.identify') return { result: { connection_id: 1 } };
    if (method === 'printer.objects.subscribe') {
      const wanted = params.objects as Objects;
      subscribers.set(client, wanted);
      return {
        result: { eventtime: 1, status: Object.fromEntries(Object.keys(wanted).map((name) => [name, objects[name]])) },
      };
    }
    if (method === 'server.files.metadata') {
      const found = metadata.get(String(params.filename));
      return found
        ? { result: found }
        : { error: { code: 404, message: `Metadata not available for <${params.filename}>` } };
    }
    return { error: { code: -32601, message: 'Method not found' } };
  };
  const connected = (client: WebSocket, { socket }: IncomingMessage): void => {
    clients.add(client);
    client.on('close', () => {
      clients.delete(client);
      subscribers.delete(client);
    });
    client.on('message', (data) => {
      const { id, method, params = {} } = JSON.parse(String(data));
      calls.push(method);
      socket.cork();
      client.send(JSON.stringify({ jsonrpc: '2.0', id, ...answer(client, method, params) }));
      if (method === 'printer.objects.subscribe') self.afterSubscription();
      socket.uncork();
    });
  };
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    handshakes.push(request.headers);
    if (request.url !== '/websocket' || (self.key !== undefined && request.headers['x-api-key'] !== self.key)) {
      return void socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    }
    ws.handleUpgrade(request, socket, head, connected);
  });
  http.listen(port, '127.0.0.1');
  await once(http, 'listening');

  const send = (client: WebSocket, method: string, params: readonly unknown[]): void =>
    client.send(JSON.stringify({ jsonrpc: '2.0', method, params }));
  const address = http.address();
  const bound = typeof address === 'object' && address ? address.port : 0;
  const self: Klipper = {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    calls,
    handshakes,
    metadata,
    klippy: 'ready',
    key: undefined,
    afterSubscription() {},
    visitors: () => clients.size,
    change(update) {
      for (const [name, fields] of Object.entries(update)) objects[name] = { ...objects[name], ...fields };
      for (const client of subscribers.keys()) send(client, 'notify_status_update', [update, 2]);
    },
    notify(method, params = []) {
      for (const client of clients) send(client, method, params);
    },
    cut() {
      for (const client of clients) client.terminate();
    },
    close() {
      self.cut();
      http.close();
    },
  };
  t.teardown(self.close);
  return self;
}
