// One HTTP upload within limits: total deadline, short response, no redirect to another host.

import { type Dispatcher, request } from 'undici';
import type { Clock } from '../../../core/base/clock.ts';
import { withDeadline } from '../../../core/base/deadline.ts';
import { reason } from '../../../core/base/reason.ts';
import { type Outcome, parseRetryAfter, troubleOf } from './outcome.ts';

/** Bytes of an answer that are read; what comes after them is not waited for. */
export const MAX_ANSWER = 64 * 1024;
/** Redirects within one host that are followed. */
export const MAX_REDIRECTS = 3;
/** Characters of a server's message that are shown. */
const MAX_MESSAGE = 200;

export interface Upload {
  readonly method: 'PUT' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Always sent with its length, never in chunks. */
  readonly body: Buffer;
}

export interface ExchangeContext {
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  /** For everything: connecting, sending, and reading the answer. Milliseconds. */
  readonly timeoutMs: number;
  /** Texts that must not appear in an outcome, whatever the server sends back. */
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
}

/** Rejects only with the reason of an aborted `signal`. */
export async function exchange(upload: Upload, context: ExchangeContext): Promise<Outcome> {
  const { clock, timeoutMs, signal } = context;
  const late = new Error(`no answer within ${timeoutMs} ms`);
  const bounds = { ms: timeoutMs, late: () => late, clock, signals: [signal] };
  try {
    return await withDeadline(bounds, (given) => follow(upload, context, given));
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown === late) return { is: 'failed', trouble: 'timeout', detail: late.message };
    return { is: 'failed', trouble: troubleOf(thrown), detail: redact(reason(thrown), context.secrets) };
  }
}

async function follow(upload: Upload, context: ExchangeContext, signal: AbortSignal): Promise<Outcome> {
  let url = upload.url;
  for (let hop = 0; ; hop++) {
    const {
      statusCode: status,
      headers,
      body,
    } = await request(url, {
      dispatcher: context.dispatcher,
      method: upload.method,
      headers: upload.headers,
      body: upload.body,
      signal,
    });
    const answer = await readShort(body, context.secrets);
    if (status >= 200 && status < 300) return { is: 'accepted', status };
    const location = single(headers.location);
    if (status >= 300 && status < 400 && location !== undefined && URL.canParse(location, url.href)) {
      const target = new URL(location, url);
      // The picture and the credentials were meant for one origin (scheme, host and port); they go nowhere else.
      if (target.origin !== url.origin || hop >= MAX_REDIRECTS) {
        return { is: 'redirected', status, to: redact(target.origin, context.secrets) };
      }
      url = target;
      continue;
    }
    const retryAfterMs = parseRetryAfter(single(headers['retry-after']), context.clock.now());
    return {
      is: 'answered',
      status,
      message: redact(messageOf(answer), context.secrets).slice(0, MAX_MESSAGE),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  }
}

/** At most MAX_ANSWER bytes; a longer answer costs the connection, not the memory. Where it is cut, no secret is cut. */
async function readShort(
  body: AsyncIterable<Uint8Array> & { destroy(): unknown },
  secrets: readonly string[],
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk.subarray(0, MAX_ANSWER - length));
    length += chunk.length;
    if (length >= MAX_ANSWER) break;
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (length < MAX_ANSWER) return text;
  const longest = Math.max(0, ...secrets.map((secret) => encodeURIComponent(secret).length));
  return text.slice(0, text.length - longest);
}

/** `{"message": …}`, `{"error": …}` or `{"detail": …}` of a JSON answer; otherwise the text itself. One line. */
function messageOf(answer: string): string {
  return told(answer)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
}

function told(answer: string): string {
  try {
    const value: unknown = JSON.parse(answer);
    if (typeof value === 'object' && value !== null) {
      const facts = new Map<string, unknown>(Object.entries(value));
      for (const name of ['message', 'error', 'detail']) {
        const text = facts.get(name);
        if (typeof text === 'string') return text;
      }
      return '';
    }
  } catch {
    // Not JSON: an HTML page tells a user nothing.
    if (answer.trimStart().startsWith('<')) return '';
  }
  return answer;
}

/** Without the secrets, also where they come back as part of a URL or in letters of another case, as a host's name does. */
export function redact(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]).filter((form) => form !== '');
  if (forms.length === 0) return text;
  // Of secrets that begin alike the longest is looked for first, so that none leaves its end behind.
  forms.sort((a, b) => b.length - a.length);
  return text.replace(new RegExp(forms.map(literal).join('|'), 'gi'), '***');
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
