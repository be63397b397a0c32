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
  /** Header names of the visitor that do not pass, in lower case. */
  readonly drop?: ReadonlySet<string>;
  /** Changes the text of a JSON answer, which is then read as a whole, up to `maxText` bytes. */
  readonly translate?: { readonly text: (text: string) => string; readonly maxText: number };
  /** The answer when nothing is there to answer; 502 or 504 without it. */
  fallback?(reply: HttpReply): unknown;
}

/** `stop` ends the exchange when the visitor or the node goes. */
export async function forward(
  request: HttpRequest,
  reply: HttpReply,
  upstream: Upstream,
  wanted: Forward,
  stop: AbortSignal,
): Promise<unknown> {
  const gone = new AbortController();
  const leave = () => gone.abort();
  reply.raw.once('close', leave);
  try {
    const answer = await send(`${upstream.base}${wanted.target}`, {
      dispatcher: upstream.dispatcher,
      method: request.method as 'GET',
      headers: {
        ...upstreamHeaders(request.headers, visitorOf(request), wanted.drop),
        // A compressed answer could not be looked into.
        ...(wanted.translate ? { 'accept-encoding': 'identity' } : {}),
        ...upstream.headers,
      },
      body: wanted.body ?? null,
      signal: AbortSignal.any([stop, gone.signal]),
    });
    upstream.onAnswer(answer.statusCode);
    // Without a listener, a body that breaks off after the visitor has gone would throw into the process.
    answer.body.on('error', () => {});
    const isJson = /\bjson\b/i.test(String(answer.headers['content-type'] ?? ''));
    const translate = isJson ? wanted.translate : undefined;
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
    return failed(thrown, reply, wanted);
  }
}

function failed(thrown: unknown, reply: HttpReply, wanted: Forward): unknown {
  const code = errorCode(thrown) ?? '';
  if (wanted.fallback && !SLOW.has(code)) return wanted.fallback(reply);
  const status = SLOW.has(code) ? 504 : 502;
  const error =
    status === 504
      ? 'the server behind this address did not answer in time'
      : 'the server behind this address is unreachable';
  return reply.code(status).header('cache-control', 'no-store').send({ error });
}

/** It is there, but slow. */
const SLOW: ReadonlySet<string> = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

export function visitorOf(request: HttpRequest): Visitor {
  return { address: request.ip, scheme: request.protocol === 'https' ? 'https' : 'http', host: request.headers.host };
}
