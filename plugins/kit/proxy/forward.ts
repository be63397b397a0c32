// Forwards one HTTP request through a reverse proxy and streams the response back.

import { request as send } from 'undici';
import { errorCode, reason } from '../../../core/base/reason.ts';
import type { HttpReply, HttpRequest } from '../../../core/contract/http.ts';
import { downstreamHeaders, upstreamHeaders, type Visitor } from './headers.ts';
import type { Upstream } from './upstream.ts';

export interface Forward {
  /** Path and query as they go upstream, already encoded. */
  readonly target: string;
  readonly body?: Buffer;
  /** Names of visitor headers that are not forwarded, in lower case. */
  readonly drop?: ReadonlySet<string>;
  /** Changes the text of a JSON answer, which is then read as a whole, up to `maxText` bytes. */
  readonly translate?: { readonly text: (text: string) => string; readonly maxText: number };
  /** Answers when the upstream is unreachable; without it, the answer is 502. A timeout always gives 504. */
  fallback?(reply: HttpReply): unknown;
}

/** `stop` ends the exchange when the node stops; a visitor that disconnects ends it, too. */
export async function forward(
  request: HttpRequest,
  reply: HttpReply,
  upstream: Upstream,
  options: Forward,
  stop: AbortSignal,
): Promise<unknown> {
  const gone = new AbortController();
  const leave = () => gone.abort();
  reply.raw.once('close', leave);
  try {
    const answer = await send(`${upstream.base}${options.target}`, {
      dispatcher: upstream.dispatcher,
      method: request.method as 'GET',
      headers: {
        ...upstreamHeaders(request.headers, visitorOf(request), options.drop),
        // A compressed answer could not be translated.
        ...(options.translate ? { 'accept-encoding': 'identity' } : {}),
        ...upstream.headers,
      },
      body: options.body ?? null,
      signal: AbortSignal.any([stop, gone.signal]),
    });
    upstream.onAnswer(answer.statusCode);
    // Without a listener, a body that breaks off after the visitor has disconnected would crash the process.
    answer.body.on('error', () => {});
    const isJson = /\bjson\b/i.test(String(answer.headers['content-type'] ?? ''));
    const translate = isJson ? options.translate : undefined;
    const { 'content-length': length, ...headers } = downstreamHeaders(answer.headers);
    reply.code(answer.statusCode).headers(headers);
    if (length !== undefined && (!translate || request.method === 'HEAD')) reply.header('content-length', length);
    if (request.method === 'HEAD' || answer.statusCode === 204 || answer.statusCode === 304) {
      await answer.body.dump();
      return reply.send();
    }
    if (translate) {
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of answer.body as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > translate.maxText) throw new Error(`the answer has more than ${translate.maxText} bytes`);
        chunks.push(chunk);
      }
      return reply.send(translate.text(Buffer.concat(chunks).toString('utf8')));
    }
    return reply.send(answer.body);
  } catch (thrown) {
    if (gone.signal.aborted || reply.sent) return reply;
    upstream.onAway(reason(thrown));
    return failed(thrown, reply, options);
  }
}

function failed(thrown: unknown, reply: HttpReply, options: Forward): unknown {
  const code = errorCode(thrown) ?? '';
  if (options.fallback && !SLOW.has(code)) return options.fallback(reply);
  const status = SLOW.has(code) ? 504 : 502;
  const error =
    status === 504
      ? 'the server behind this address did not answer in time'
      : 'the server behind this address is unreachable';
  return reply.code(status).header('cache-control', 'no-store').send({ error });
}

/** Codes of an upstream that is reachable, but slow. */
const SLOW: ReadonlySet<string> = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

export function visitorOf(request: HttpRequest): Visitor {
  return { address: request.ip, scheme: request.protocol === 'https' ? 'https' : 'http', host: request.headers.host };
}
