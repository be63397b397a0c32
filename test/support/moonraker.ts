// A fake Moonraker: records every request and JSON-RPC call, and stores a list of webcams.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Ending } from './harness.ts';

export interface Moonraker {
  readonly port: number;
  readonly url: string;
  /** Every HTTP request, including handshakes. */
  readonly requests: { readonly method: string; readonly url: string; readonly headers: IncomingHttpHeaders }[];
  /** Every text received over a WebSocket. */
  readonly messages: string[];
  readonly sockets: ReadonlySet<WebSocket>;
  readonly webcams: Record<string, unknown>[];
  /** Required from every client if set. */
  key: string | undefined;
  /** The result of every call if set. */
  result: unknown;
  /** Results of single methods, which have priority over `result`. */
  readonly results: Map<string, unknown>;
  close(): void;
}

export async function moonraker(t: Ending, port = 0): Promise<Moonraker> {
  const requests: { method: string; url: string; headers: IncomingHttpHeaders }[] = [];
  const messages: string[] = [];
  const sockets = new Set<WebSocket>();
  const webcams: Record<string, unknown>[] = [];
  const http = createServer();
  const ws = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 * 1024 });

  const record = (request: IncomingMessage): boolean => {
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
    return self.key === undefined || request.headers['x-api-key'] === self.key;
  };
  const json = (response: ServerResponse, status: number, value: unknown) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', server: 'Tornado' })
      .end(JSON.stringify(value));

  http.on('request', async (request: IncomingMessage, response: ServerResponse) => {
    const allowed = record(request);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (!allowed) return json(response, 401, { error: { code: 401, message: 'Unauthorized' } });
    if (request.url === '/server/webcams/list') return json(response, 200, { result: { webcams } });
    if (request.url === '/server/webcams/item' && request.method === 'POST') {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
      const known = webcams.find(({ uid }) => uid === body.uid);
      if (known) Object.assign(known, body);
      else webcams.push({ source: 'database', uid: `uid-${webcams.length + 1}`, extra_data: {}, ...body });
      return json(response, 200, { result: { webcam: known ?? webcams.at(-1) } });
    }
    if (request.url?.endsWith('.png')) {
      response.writeHead(200, { 'content-type': 'image/png' });
      return void response.end(Buffer.alloc(200_000, 7));
    }
    json(response, 200, {
      result: self.result ?? { path: request.url, state: 'printing' },
    });
  });

  http.on('upgrade', (request, socket, head) => {
    if (!record(request))
      return void socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    ws.handleUpgrade(request, socket, head, (client) => {
      sockets.add(client);
      client.on('close', () => sockets.delete(client));
      client.on('message', (data) => {
        const text = String(data);
        messages.push(text);
        const calls: unknown = JSON.parse(text);
        const answers = (Array.isArray(calls) ? calls : [calls])
          .filter((call: { id?: unknown }) => call.id !== undefined)
          .map((call: { id: unknown; method: string }) => ({
            jsonrpc: '2.0',
            result: self.results.get(call.method) ?? self.result ?? { method: call.method },
            id: call.id,
          }));
        if (answers.length > 0) client.send(JSON.stringify(Array.isArray(calls) ? answers : answers[0]));
      });
    });
  });

  http.listen(port, '127.0.0.1');
  await once(http, 'listening');
  const close = () => {
    for (const client of sockets) client.terminate();
    http.closeAllConnections();
    http.close();
  };
  t.teardown(close);
  const address = http.address();
  const at = typeof address === 'object' && address ? address.port : 0;
  const self: Moonraker = {
    port: at,
    url: `http://127.0.0.1:${at}`,
    ...{ requests, messages, sockets, webcams },
    results: new Map(),
    key: undefined,
    result: undefined,
    close,
  };
  return self;
}
