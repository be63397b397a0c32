// The outcome of one upload, as a value.

import { errorCode } from '../../../core/base/reason.ts';
import type { Answer } from '../../../core/contract/final.ts';

/** The reason why no answer came. */
export type Trouble = 'timeout' | 'dns' | 'tls' | 'refused' | 'reset' | 'network';

export type Outcome =
  /** `body`: the beginning of the answer. It may hold secrets. */
  | { readonly is: 'accepted'; readonly status: number; readonly body: Buffer }
  /** An answer other than 2xx. `message`: the message of the server, shortened, without secrets. */
  | {
      readonly is: 'answered';
      readonly status: number;
      readonly message: string;
      /** Refused for good by camd's own API: this picture, or every picture of this camera. */
      readonly refuses?: 'picture' | 'camera';
      /** Milliseconds, when the answer named a time. */
      readonly retryAfterMs?: number;
      /** For a dead letter; undefined for answers that camd makes itself. */
      readonly answer?: Answer;
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

/** The forms of a date in HTTP all begin with the day's name (RFC 9110 §5.6.7); `Date.parse` alone reads "-5" as a year. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/;

/** RFC 9110 §10.2.3: seconds or a date. Milliseconds from `now` (ms since the epoch); undefined when it is neither. */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
