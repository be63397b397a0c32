// An HTTP proxy in front of an S3 server that corrupts requests and responses as the test specifies.

import { once } from 'node:events';
import { createServer, request as forward, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export type Trouble =
  | 'none'
  /** 503 with the code SlowDown. */
  | 'slow-down'
  /** 403 with the code AccessDenied. */
  | 'denied'
  /** The request arrives, and the connection ends during the response. */
  | 'dies-in-answer'
  /** The connection ends before the request has arrived. */
  | 'dies-in-request'
  /** The server gets the body with one changed byte. */
  | 'spoilt-body'
  /** The response contains another checksum. */
  | 'wrong-etag';

export interface FaultProxy {
  readonly origin: string;
  /** Number of occurrences of each trouble. */
  readonly counts: Readonly<Record<string, number>>;
  /** Every request: method and path. */
  readonly requests: readonly string[];
}

const WRONG_SHA256 = Buffer.alloc(32).toString('base64');

interface Ending {
  teardown(work: () => void | Promise<void>): void;
}

export async function faultProxy(
  t: Ending,
  to: number,
  choose: (request: IncomingMessage, number: number) => Trouble,
): Promise<FaultProxy> {
  const counts: Record<string, number> = {};
  const requests: string[] = [];
  const server = createServer(async (incoming, answer) => {
    requests.push(`${incoming.method} ${incoming.url}`);
    const trouble = choose(incoming, requests.length);
    counts[trouble] = (counts[trouble] ?? 0) + 1;
    if (trouble === 'dies-in-request') return incoming.socket.destroy();
    const body = await buffer(incoming).catch(() => Buffer.alloc(0));
    if (trouble === 'slow-down') {
      answer.writeHead(503, { 'content-type': 'application/xml' });
      return answer.end('<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>');
    }
    if (trouble === 'denied') {
      answer.writeHead(403, { 'content-type': 'application/xml' });
      return answer.end('<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>');
    }
    if (trouble === 'spoilt-body' && body.length > 0) body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 1;
    const { method = 'GET', url = '/', headers } = incoming;
    const upstream = forward({ host: '127.0.0.1', port: to, method, path: url, headers, agent: false });
    // Swift ends the response to a HEAD with an invalid chunk, which does not count as a failure.
    let isAnswered = false;
    upstream.once('response', (reply) => {
      isAnswered = true;
      reply.on('error', () => {});
    });
    upstream.on('error', () => isAnswered || answer.destroy());
    upstream.end(body);
    const [reply] = (await once(upstream, 'response').catch(() => [])) as [IncomingMessage?];
    if (!reply) return;
    const data = method === 'HEAD' ? Buffer.alloc(0) : await buffer(reply).catch(() => undefined);
    if (!data) return answer.destroy();
    const checksum =
      reply.headers['x-amz-checksum-sha256'] === undefined ? {} : { 'x-amz-checksum-sha256': WRONG_SHA256 };
    const etag = trouble === 'wrong-etag' ? { etag: `"${'0'.repeat(32)}"`, ...checksum } : {};
    const head = { ...reply.headers, 'transfer-encoding': undefined, ...etag };
    if (trouble === 'dies-in-answer') {
      answer.writeHead(reply.statusCode ?? 500, { ...defined(head), 'content-length': String(data.length + 100) });
      answer.write(data.subarray(0, data.length >> 1), () => incoming.socket.destroy());
      return;
    }
    const length = method === 'HEAD' || reply.statusCode === 204 ? {} : { 'content-length': String(data.length) };
    answer.writeHead(reply.statusCode ?? 500, { ...defined(head), ...length });
    answer.end(data);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, counts, requests };
}

const defined = (headers: Record<string, string | string[] | undefined>): Record<string, string | string[]> =>
  Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
