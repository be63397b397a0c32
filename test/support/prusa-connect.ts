// A fake Prusa Connect: enforces the OpenAPI document of the Camera API over TLS, and responds by a script.

import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Authority } from './authority.ts';
import type { Ending } from './harness.ts';

/** The response to one snapshot. */
export type Act =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  | 'hang'
  | 'reset';

export interface Visit {
  readonly path: string;
  /** Time on the test's clock. */
  readonly at: number;
  readonly body: Buffer;
  readonly act: Act;
}

export interface PrusaConnect {
  readonly url: string;
  readonly visits: readonly Visit[];
  /** Violations of the document by requests; must stay empty. */
  readonly faults: readonly string[];
  readonly connections: () => number;
  readonly hanging: () => boolean;
}

const MAX_SNAPSHOT = 16 * 1024 * 1024;

export interface PrusaOptions {
  readonly authority: Authority;
  readonly now: () => number;
  /** Called for each snapshot, with its number from 0. */
  readonly script: (snapshot: number) => Act;
  /** Further fields of the response to `/c/info`. */
  readonly answer?: (info: { config: Record<string, unknown> }) => Record<string, unknown>;
}

export async function prusaConnect(
  t: Ending,
  { authority, now, script, answer: more = () => ({}) }: PrusaOptions,
): Promise<PrusaConnect> {
  const visits: Visit[] = [];
  const faults: string[] = [];
  const hung = new Set<IncomingMessage>();
  let connections = 0;
  let snapshots = 0;
  let token: string | undefined;

  const check = (request: IncomingMessage, body: Buffer): void => {
    const { headers, method, url } = request;
    const wrong = (ok: boolean, what: string) => void (ok || faults.push(`${method} ${url}: ${what}`));
    const single = (name: string): string => {
      const value = headers[name];
      return typeof value === 'string' ? value : '';
    };
    wrong(method === 'PUT', 'not PUT');
    wrong(single('token').length === 20, 'Token is not 20 characters');
    const length = single('fingerprint').length;
    wrong(length >= 16 && length <= 64, 'Fingerprint is not 16 to 64 characters');
    wrong(headers['transfer-encoding'] === undefined, 'chunked');
    wrong(Number(headers['content-length'] ?? Number.NaN) === body.length, 'Content-Length');
    token ??= single('token');
    if (url === '/c/snapshot') {
      wrong(headers['content-type'] === 'image/jpg', 'not image/jpg');
      wrong(body.length <= MAX_SNAPSHOT, 'over 16 MB');
      wrong(body.readUInt16BE(0) === 0xffd8 && body.readUInt16BE(body.length - 2) === 0xffd9, 'not a whole JPEG');
    } else {
      wrong(url === '/c/info', 'no such path');
      wrong(headers['content-type'] === 'application/json', 'not application/json');
      const info = JSON.parse(body.toString()) as { config?: { name?: unknown } };
      wrong(typeof info.config?.name === 'string' && info.config.name.length <= 64, 'config.name');
      wrong(!body.includes('null'), 'nulls are not sent');
    }
  };

  const answer = (request: IncomingMessage, response: ServerResponse, body: Buffer): void => {
    check(request, body);
    const path = request.url ?? '';
    const act: Act =
      path === '/c/info'
        ? // The real service also returns the token.
          {
            status: 200,
            body: JSON.stringify({
              ...{ id: 1, team_id: 1, printer_uuid: 'p', origin: 'WEB', registered: true, token },
              ...more(JSON.parse(body.toString())),
            }),
          }
        : script(snapshots++);
    visits.push({ path, at: now(), body, act });
    if (act === 'hang') {
      hung.add(request);
      request.socket.once('close', () => hung.delete(request));
    } else if (act === 'reset') request.socket.destroy();
    else response.writeHead(act.status, act.headers).end(act.body);
  };

  const server = createServer({ cert: authority.cert, key: authority.key }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', () => answer(request, response, Buffer.concat(chunks)));
  });
  server.on('secureConnection', () => connections++);
  server.keepAliveTimeout = 600_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return {
    url: `https://localhost:${typeof address === 'object' && address ? address.port : 0}`,
    visits,
    faults,
    connections: () => connections,
    hanging: () => hung.size > 0,
  };
}
