// The HTTP client: deadline, byte limit, redirects to the same host only; one keep-alive client per node.

import type { Readable } from 'node:stream';
import { Agent, type Dispatcher, request as send } from 'undici';
import type { Clock } from '../../../core/base/clock.ts';
import { withDeadline } from '../../../core/base/deadline.ts';
import { errorCode, reason } from '../../../core/base/reason.ts';
import { redactUrl } from '../../../core/base/redact.ts';
import { formatSize, type Milliseconds } from '../../../core/base/units.ts';
import { Fault, isFault } from '../../../core/contract/problems.ts';
import type { Authenticator } from './auth.ts';
import { isRedirect, MAX_REDIRECTS, redirected } from './redirect.ts';

export interface HttpClientOptions {
  /** Connections to one host at a time. Default 2. */
  readonly connections?: number;
  /** Milliseconds within which a connection must be established, TLS included. Default 5000. */
  readonly connectTimeout?: Milliseconds;
  /** PEM texts of authorities to trust instead of the system's. */
  readonly ca?: string | Buffer | string[];
  /** Milliseconds for which an idle connection stays open, unless the server names a shorter time. Default 30 s. */
  readonly idle?: Milliseconds;
  /** Times the deadlines. Default: the timers of Node.js. */
  readonly clock?: Pick<Clock, 'sleep'>;
  /** False accepts any certificate. Default true. */
  readonly verify?: boolean;
}

export interface HttpRequest {
  /** Must not contain user information; see `splitCredentials`. */
  readonly url: URL;
  /** Default GET. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  /** Milliseconds: for `fetch` until the last byte of the answer, for `open` until its headers. Redirects are included. */
  readonly deadline: Milliseconds;
  readonly signal?: AbortSignal;
  readonly auth?: Authenticator | undefined;
  /** `manual` returns the redirect itself. Default `follow`. */
  readonly redirects?: 'follow' | 'manual';
}

export interface HttpFetch extends HttpRequest {
  readonly maxBytes: number;
  /** For longer answers: `refuse` rejects with `too-large`; `cut` returns the beginning. Default `refuse`. */
  readonly longer?: 'refuse' | 'cut';
}

/** The head of an answer. Header names are in lower case; repeated headers are joined with ", ". */
export interface HttpHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The URL of the answer, after redirects. */
  readonly url: URL;
}

export interface HttpReply extends HttpHead {
  readonly body: Buffer;
}

export interface HttpStream extends HttpHead {
  /** Must be read to its end or destroyed. */
  readonly body: Readable;
}

/**
 * All rejections are Faults of blame `environment` with a full sentence and a redacted URL: `unreachable`, `deadline`,
 * `too-large`, `bad-redirect`; or the reason of the caller's signal.
 */
export interface HttpClient {
  /** The whole answer, whatever its status, of at most `maxBytes` bytes. */
  fetch(request: HttpFetch): Promise<HttpReply>;
  /** The answer, as soon as its headers have arrived. Its body has no deadline: the caller must limit it. */
  open(request: HttpRequest): Promise<HttpStream>;
  /** Closes every connection at once. */
  close(): Promise<void>;
}

const MAX_HEADER_BYTES = 64 * 1024;
const KEEP_ALIVE_MS = 30_000;
/** The longest time that a server may request in Keep-Alive. */
const MAX_KEEP_ALIVE_MS = 600_000;
/** Bytes of an unused answer that are read, so that its connection can be reused. */
const MAX_DISCARDED = 128 * 1024;

export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  const agent = new Agent({
    connections: options.connections ?? 2,
    connect: {
      timeout: options.connectTimeout ?? 5000,
      rejectUnauthorized: options.verify ?? true,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    },
    keepAliveTimeout: Math.min(MAX_KEEP_ALIVE_MS, options.idle ?? KEEP_ALIVE_MS),
    keepAliveMaxTimeout: MAX_KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    // `within` has one deadline for the whole exchange instead.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    async fetch(request) {
      return within(request, options.clock, async (signal) => {
        const stream = await exchange(agent, request, signal);
        return {
          ...stream,
          body: await (request.longer === 'cut' ? readBeginning : readAll)(stream, request.maxBytes),
        };
      });
    },
    async open(request) {
      // The deadline must not apply to the body: `within` uses a signal of its own, which ends once the headers have arrived.
      const { signal: outer } = request;
      const stream = await within(request, options.clock, (signal) => exchange(agent, request, signal));
      if (outer) {
        const stop = () => stream.body.destroy();
        outer.addEventListener('abort', stop, { once: true });
        stream.body.once('close', () => outer.removeEventListener('abort', stop));
        if (outer.aborted) stop();
      }
      return stream;
    },
    close: () => agent.destroy(),
  };
}

/** Sends one request, follows its redirects and answers a challenge. */
async function exchange(agent: Dispatcher, request: HttpRequest, signal: AbortSignal): Promise<HttpStream> {
  let url = request.url;
  let method = request.method ?? 'GET';
  let body = request.body;
  let redirects = 0;
  for (;;) {
    // Tokens and passwords are sent to the requested origin only: its scheme, host and port.
    const isOwn = url.origin === request.url.origin;
    const authorization = isOwn ? request.auth?.authorize(method, url.pathname + url.search) : undefined;
    const own = isOwn ? request.headers : undefined;
    const response = await send(url, {
      dispatcher: agent,
      method,
      headers: { 'user-agent': 'camd', ...own, ...(authorization === undefined ? {} : { authorization }) },
      body: body ?? null,
      signal,
    });
    // Without a listener, the error of a destroyed body would crash the process.
    response.body.on('error', () => {});
    const head = { status: response.statusCode, headers: flatten(response.headers), url };
    if (isOwn && head.status === 401 && request.auth?.challenged(head.headers['www-authenticate'])) {
      await response.body.dump({ limit: MAX_DISCARDED });
      continue;
    }
    const location = head.headers.location;
    const follows = isRedirect(head.status) && request.redirects !== 'manual';
    if (!follows || location === undefined) {
      return { ...head, body: response.body };
    }
    await response.body.dump({ limit: MAX_DISCARDED });
    if (++redirects > MAX_REDIRECTS) {
      throw fault('bad-redirect', `${redactUrl(request.url)} redirects more than ${MAX_REDIRECTS} times.`);
    }
    url = redirected(url, location);
    // RFC 9110 §15.4: 303 always becomes GET; 301 and 302 do so for POST, as every client does.
    if (head.status === 303 || (method === 'POST' && head.status < 303)) {
      method = method === 'HEAD' ? 'HEAD' : 'GET';
      body = undefined;
    }
  }
}

/** At most `maxBytes`; the connection of a longer answer is closed. */
async function readBeginning(stream: HttpStream, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream.body as AsyncIterable<Buffer>) {
    chunks.push(chunk.subarray(0, maxBytes - size));
    size += chunk.length;
    if (size >= maxBytes) break;
  }
  return Buffer.concat(chunks);
}

async function readAll(stream: HttpStream, maxBytes: number): Promise<Buffer> {
  const tooLarge = () =>
    fault(
      'too-large',
      `${redactUrl(stream.url)} answered with more than ${formatSize(maxBytes)}, the allowed maximum.`,
    );
  if (Number(stream.headers['content-length'] ?? 0) > maxBytes) {
    stream.body.destroy();
    throw tooLarge();
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream.body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size);
}

/** Runs `work` under the deadline and the caller's signal, and turns errors of undici into Faults. */
async function within<T>(
  request: HttpRequest,
  clock: HttpClientOptions['clock'],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal: outer, url, deadline } = request;
  const late = (): Fault => fault('deadline', `${redactUrl(url)} did not complete its answer within ${deadline} ms.`);
  try {
    return await withDeadline({ ms: deadline, late, signals: [outer], ...(clock ? { clock } : {}) }, work);
  } catch (thrown) {
    if (outer?.aborted) throw outer.reason;
    if (isFault(thrown)) throw thrown;
    if (errorCode(thrown) === undefined && !(thrown instanceof Error && thrown.name.endsWith('ParserError')))
      throw thrown;
    throw new Fault('environment', 'unreachable', `${redactUrl(url)} cannot be read: ${reason(thrown)}.`, {
      cause: thrown,
    });
  }
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

const fault = (code: string, message: string): Fault => new Fault('environment', code, message);

/** A URL without its user information, and that information decoded. */
export function splitCredentials(text: string): { url: URL; username?: string; password?: string } {
  const url = new URL(text);
  if (url.username === '' && url.password === '') return { url };
  const split = { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  url.username = '';
  url.password = '';
  return { url, ...split };
}
