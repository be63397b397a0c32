// A simulated HTTP server on a free port of the loopback, which records requests and gives the answers of a test.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { atEnd, type Ending } from './ending.ts';

const MAX_BODY_BYTES = 64 * 2 ** 20;

export interface FakeRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface FakeAnswer {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

export interface FakeServer {
  /** Such as "http://127.0.0.1:41234". */
  readonly origin: string;
  readonly port: number;
  /** Every request so far, with its whole body. */
  readonly requests: readonly FakeRequest[];
  /** Ends every connection and accepts no more, like a server that has stopped. */
  close(): Promise<void>;
}

/** `answer` gets each request and its number from 1; a promise that never settles simulates a server that hangs. */
export async function fakeServer(
  t: Ending,
  answer: (request: FakeRequest, number: number) => FakeAnswer | Promise<FakeAnswer>,
): Promise<FakeServer> {
  const requests: FakeRequest[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) incoming.destroy();
      else chunks.push(chunk);
    });
    incoming.on('end', async () => {
      const { method = 'GET', url = '/', headers } = incoming;
      const request = { method, url, headers, body: Buffer.concat(chunks) };
      requests.push(request);
      try {
        const { status = 200, headers: fields = {}, body = '' } = await answer(request, requests.length);
        response.writeHead(status, fields).end(body);
      } catch (thrown) {
        // The test sees the error of its own function.
        response.writeHead(500).end(String(thrown));
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
    return closed;
  };
  atEnd(t, close);
  return { origin: `http://127.0.0.1:${port}`, port, requests, close };
}
