// Sends a notification over HTTP and interprets the answer.

import { redactUrl } from '../../../core/base/redact.ts';
import type { Clock } from '../../../core/contract/plugin.ts';
import type { HttpClient } from '../http/fetch.ts';
import { exchange } from '../upload/exchange.ts';
import type { Outcome } from '../upload/outcome.ts';
import type { Sent } from './outbox.ts';

export interface PostOptions {
  readonly client: HttpClient;
  readonly clock: Clock;
  readonly method?: 'POST' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Milliseconds for the whole exchange. */
  readonly timeout: number;
  /** Texts that no message may contain. */
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
  /** Interprets an answer beyond its status and usual fields; undefined: nothing to add. */
  explain?(answered: Extract<Outcome, { is: 'answered' }>): Sent | undefined;
}

/** Later attempts may be accepted: the server is busy, or a setting or proxy in front of it is wrong. */
const TRANSIENT: ReadonlySet<number> = new Set([401, 403, 404, 408, 425, 429]);

/** Rejects only with the reason of the signal. */
export async function post(options: PostOptions): Promise<Sent> {
  const { url, headers, body, secrets, clock, client, signal, timeout } = options;
  const outcome = await exchange(
    { method: options.method ?? 'POST', url, headers: { 'user-agent': 'camd', ...headers }, body: Buffer.from(body) },
    { client, clock, timeoutMs: timeout, secrets, signal },
  );
  const host = new URL(redactUrl(url)).host;
  if (outcome.is === 'accepted') return { is: 'sent' };
  if (outcome.is === 'failed') return { is: 'failed', why: `${host} cannot be reached: ${outcome.detail}.` };
  if (outcome.is === 'redirected') {
    return { is: 'failed', why: `${host} redirects to ${outcome.to}, which camd does not follow: change the address.` };
  }
  const explained = options.explain?.(outcome);
  if (explained) return explained;
  const detail = outcome.message === '' ? '' : `: ${outcome.message}`;
  const why = `${host} answered ${outcome.status}${detail}.`;
  const isFinal = outcome.status >= 400 && outcome.status < 500 && !TRANSIENT.has(outcome.status);
  if (isFinal) return { is: 'refused', why: `${why} The notification was dropped.` };
  const { retryAfterMs } = outcome;
  return { is: 'failed', why, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
