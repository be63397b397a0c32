// Explains an error of S3: whether to send the request again, and what the user can do. Pure.

import { type Fault, misuse } from '../../../core/contract/plugin.ts';
import { environment } from '../../../core/contract/problems.ts';
import { element } from './xml.ts';

export interface Refused {
  /**
   * - `again`: a temporary failure; `slow`: the server asks for fewer requests.
   * - `clock`: it does not accept the time of the request. `credentials`: they have expired.
   * - `final`: a retry fails until the user changes the configuration.
   */
  readonly is: 'again' | 'slow' | 'clock' | 'credentials' | 'final';
  readonly fault: Fault;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Limit of a message, in characters. */
const MAX_MESSAGE = 200;
const SLOW = new Set(['SlowDown', 'TooManyRequests', 'RequestLimitExceeded', 'Throttling', 'ThrottlingException']);
const AGAIN = new Set([
  'XAmzContentSHA256Mismatch',
  'IncompleteBody',
  'RequestTimeout',
  'InternalError',
  'ServiceUnavailable',
  'OperationAborted',
  'BadDigest',
]);
const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired', 'InvalidToken']);

const ADVICE: Readonly<Record<string, string>> = {
  AccessDenied: 'The credentials do not allow this. Check the rights of the access key for this bucket and prefix.',
  AuthorizationHeaderMalformed: 'Set "region" to the region of the bucket.',
  InvalidAccessKeyId: 'The server has no such access key. Check "access_key".',
  NoSuchBucket: 'Create the bucket, or set "bucket" to one that exists.',
  PermanentRedirect: 'Set "region" and "endpoint" to those of the bucket.',
  RequestTimeTooSkewed: 'Set the clock of this machine.',
  SignatureDoesNotMatch: 'The secret key does not belong to the access key. Check "secret_key".',
  EntityTooLarge: 'The picture is too large for the server.',
};

/** `server` is its name in messages, such as "s3.example.org". */
export function refusedBy(server: string, { status, headers, body }: Answer): Refused {
  const text = body.toString('utf8');
  const code = element(text, 'Code') ?? (STATUS_CODES[status] || `status ${status}`);
  const region = headers['x-amz-bucket-region'];
  const detail = (element(text, 'Message') ?? '').slice(0, MAX_MESSAGE).replace(/\p{Cc}/gu, ' ');
  const advice = ADVICE[code] ?? (status >= 500 ? 'camd tries again.' : 'Check the options of this node.');
  const where = region === undefined ? '' : ` The bucket is in the region "${region}".`;
  const message = `${server} answered ${status} (${code}${detail === '' ? '' : `: ${detail.replace(/\.$/, '')}`}). ${advice}${where}`;
  const is = kindOf(status, code);
  return { is, fault: is === 'final' ? environment('refused', message) : environment('unavailable', message) };
}

/** Answers to HEAD have no body. */
const STATUS_CODES: Readonly<Record<number, string>> = { 403: 'AccessDenied', 404: 'NoSuchBucket' };

function kindOf(status: number, code: string): Refused['is'] {
  if (code === 'RequestTimeTooSkewed') return 'clock';
  if (EXPIRED.has(code)) return 'credentials';
  if (SLOW.has(code) || status === 503 || status === 429) return 'slow';
  return status >= 500 || status === 408 || AGAIN.has(code) ? 'again' : 'final';
}

export const badEndpoint = (text: string): Fault =>
  misuse('endpoint', `endpoint: "${text}" has a path or a query; write only the scheme, the host and the port.`);
