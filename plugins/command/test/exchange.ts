// HTTP requests and viewers of a test: real requests over the loopback to the servers of the profile.

import { type ClientRequest, type IncomingMessage, request as plain, type RequestOptions } from 'node:http';
import { request as secure } from 'node:https';
import type { ParserPlugin } from '../../../core/contract/plugin.ts';

const MAX_ANSWER_BYTES = 64 * 2 ** 20;
/** Most pictures that one viewer keeps. */
const MAX_PICTURES = 10_000;

export interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface Call {
  readonly origin: string;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export function call(options: Call): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const request = send(options, (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on('data', (part: Buffer) => {
        size += part.length;
        parts.push(part);
        if (size > MAX_ANSWER_BYTES) response.destroy(new Error('the answer is larger than 64 MiB'));
      });
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) });
      });
    });
    request.on('error', reject);
    request.end(options.body);
  });
}

export interface Viewer {
  /** Resolves when the headers have arrived. */
  readonly opened: Promise<void>;
  status(): number;
  headers(): IncomingMessage['headers'];
  readonly pictures: readonly Buffer[];
  close(): void;
}

/** Reads a multipart stream until it is closed. */
export function view(options: Call, multipart: ParserPlugin): Viewer {
  const pictures: Buffer[] = [];
  let response: IncomingMessage | undefined;
  const request = send(options, () => {});
  const opened = new Promise<void>((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (incoming) => {
      response = incoming;
      incoming.on('error', () => {});
      const sink = {
        image: ({ data }: { data: Buffer }) => {
          if (pictures.length < MAX_PICTURES) pictures.push(Buffer.from(data));
        },
        skipped() {},
      };
      const contentType = incoming.headers['content-type'];
      if (incoming.statusCode === 200 && contentType?.startsWith('multipart/')) {
        const parser = multipart.create({ max_frame: 64 * 2 ** 20 }, sink, { contentType });
        incoming.on('data', (part: Buffer) => parser.push(part));
      } else incoming.resume();
      resolve();
    });
  });
  request.end();
  return {
    opened,
    status: () => response?.statusCode ?? 0,
    headers: () => response?.headers ?? {},
    pictures,
    close: () => void request.destroy(),
  };
}

function send({ origin, path, method, headers }: Call, onResponse: (response: IncomingMessage) => void): ClientRequest {
  const { protocol, hostname, port } = new URL(origin);
  const options: RequestOptions = { hostname, port, path, method, headers, agent: false };
  // The profile's own certificate is not checked.
  if (protocol === 'https:') return secure({ ...options, rejectUnauthorized: false }, onResponse);
  return plain(options, onResponse);
}
