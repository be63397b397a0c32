// One HTTP upload within limits: total deadline, short response, no redirect to another host.

import type { Clock } from '../../../core/base/clock.ts';
import { reason } from '../../../core/base/reason.ts';
import { isFault } from '../../../core/contract/problems.ts';
import type { HttpClient, HttpReply } from '../http/fetch.ts';
import { type Outcome, parseRetryAfter, troubleOf } from './outcome.ts';

/** Bytes of an answer that are read; the rest is not awaited. */
export const MAX_ANSWER = 64 * 1024;
/** Redirects within one host that are followed. */
export const MAX_REDIRECTS = 3;
/** Characters of a refusal's body that a dead letter keeps. */
export const MAX_KEPT = 4096;
const SECRET_HEADERS: ReadonlySet<string> = new Set(['set-cookie', 'authorization', 'proxy-authenticate']);
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
  readonly client: HttpClient;
  readonly clock: Clock;
  /** Milliseconds for connecting, sending, and reading the answer together. */
  readonly timeoutMs: number;
  /** Texts that must not appear in an outcome, even if the server sends them back. */
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
}

/** Rejects only with the reason of an aborted `signal`. */
export async function exchange(upload: Upload, context: ExchangeContext): Promise<Outcome> {
  const { clock, timeoutMs, signal, secrets } = context;
  const end = clock.monotonic() + timeoutMs;
  let url = upload.url;
  try {
    for (let hop = 0; ; hop++) {
      const reply = await context.client.fetch({
        ...upload,
        url,
        signal,
        deadline: Math.max(1, end - clock.monotonic()),
        maxBytes: MAX_ANSWER,
        longer: 'cut',
        redirects: 'manual',
      });
      const { location } = reply.headers;
      if (!isRedirect(reply.status) || location === undefined || !URL.canParse(location, url.href)) {
        return outcomeOf(reply, context);
      }
      const target = new URL(location, url);
      // The picture and the credentials are sent to the requested origin only (scheme, host and port).
      if (target.origin !== url.origin || hop >= MAX_REDIRECTS) {
        return { is: 'redirected', status: reply.status, to: redact(target.origin, secrets) };
      }
      url = target;
    }
  } catch (thrown) {
    signal.throwIfAborted();
    if (!isFault(thrown)) return { is: 'failed', trouble: 'network', detail: redact(reason(thrown), secrets) };
    if (thrown.code === 'deadline')
      return { is: 'failed', trouble: 'timeout', detail: `no answer within ${timeoutMs} ms` };
    const cause = thrown.cause ?? thrown;
    return { is: 'failed', trouble: troubleOf(cause), detail: redact(reason(cause), secrets) };
  }
}

const isRedirect = (status: number): boolean => status >= 300 && status < 400;

function outcomeOf({ status, headers, body }: HttpReply, { clock, secrets }: ExchangeContext): Outcome {
  if (status >= 200 && status < 300) return { is: 'accepted', status, body };
  const refusal = refusalOf(body);
  const retryAfterMs = parseRetryAfter(headers['retry-after'], clock.now());
  return {
    is: 'answered',
    status,
    message: redact(messageOf(textOf(body, secrets)), secrets).slice(0, MAX_MESSAGE),
    ...refusal,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    answer: {
      status,
      headers: safeHeaders(headers, secrets),
      body: redact(textOf(body, secrets), secrets).slice(0, MAX_KEPT),
      about: refusal.refuses === 'camera' ? 'address' : 'picture',
    },
  };
}

/** Only camd's own API (source/http) sends `refuses`: a proxy or a wrong URL answers with the same statuses. */
function refusalOf(body: Buffer): { readonly refuses?: 'picture' | 'camera' } {
  try {
    const answer: unknown = JSON.parse(body.toString('utf8'));
    if (typeof answer !== 'object' || answer === null || !('refuses' in answer)) return {};
    const { refuses } = answer;
    return refuses === 'picture' || refuses === 'camera' ? { refuses } : {};
  } catch {
    return {};
  }
}

/** Without cookies, and with the secrets masked. */
function safeHeaders(headers: HttpReply['headers'], secrets: readonly string[]): Record<string, string> {
  const entries = Object.entries(headers).filter(([name, value]) => value !== undefined && !SECRET_HEADERS.has(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, redact(String(value), secrets)]));
}

/** A long answer must not be cut inside a secret: the beginning of the secret would not be recognised. */
function textOf(body: Buffer, secrets: readonly string[]): string {
  const text = body.toString('utf8');
  if (body.length < MAX_ANSWER) return text;
  const longest = Math.max(0, ...secrets.map((secret) => encodeURIComponent(secret).length));
  return text.slice(0, text.length - longest);
}

/** `{"message": …}`, `{"error": …}` or `{"detail": …}` of a JSON answer; otherwise the text itself. One line. */
function messageOf(answer: string): string {
  return messageField(answer)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
}

function messageField(answer: string): string {
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
    // Not JSON: an HTML page does not help a user.
    if (answer.trimStart().startsWith('<')) return '';
  }
  return answer;
}

/** Masks the secrets, also URL-encoded or in letters of another case, as in a host's name. */
export function redact(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]).filter((form) => form !== '');
  if (forms.length === 0) return text;
  // Longest first: a shorter secret with the same beginning would leave the end of a longer one unmasked.
  forms.sort((a, b) => b.length - a.length);
  return text.replace(new RegExp(forms.map(literal).join('|'), 'gi'), '***');
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
