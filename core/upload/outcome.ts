// What came of one upload, as a value. Knows nothing of what follows from it.

import { errorCode } from '../net/reason.ts';

/** Why no answer came. */
export type Trouble = 'timeout' | 'dns' | 'tls' | 'refused' | 'reset' | 'network';

export type Outcome =
  | { readonly is: 'accepted'; readonly status: number }
  /** An answer other than 2xx. `message` is what the server said, cut short, free of secrets. */
  | {
      readonly is: 'answered';
      readonly status: number;
      readonly message: string;
      /** Milliseconds, when the answer named a time. */
      readonly retryAfterMs?: number;
    }
  | { readonly is: 'redirected'; readonly status: number; readonly to: string }
  | { readonly is: 'failed'; readonly trouble: Trouble; readonly detail: string };

const TROUBLES: readonly (readonly [Trouble, readonly string[]])[] = [
  ['dns', ['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME']],
  ['refused', ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN']],
  ['reset', ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ECONNABORTED']],
  ['timeout', ['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']],
];

/** OpenSSL's verification errors and Node's own for TLS. */
const TLS_CODE =
  /^(?:ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(?:GET|VERIFY|DECRYPT)_|HOSTNAME_MISMATCH$|INVALID_CA$)/;

/** Reads the error code of a failed request. */
export function troubleOf(thrown: unknown): Trouble {
  const code = errorCode(thrown) ?? '';
  if (TLS_CODE.test(code)) return 'tls';
  return TROUBLES.find(([, codes]) => codes.includes(code))?.[0] ?? 'network';
}

/** RFC 9110 §10.2.3: seconds or a date. Milliseconds from `now` (ms since the epoch). */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value.trim()) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
