// Signed requests to one bucket: retried after temporary failures, with growing random pauses and one deadline for all attempts.

import type { Clock } from '../../../core/base/clock.ts';
import { withDeadline } from '../../../core/base/deadline.ts';
import { formatDuration } from '../../../core/base/units.ts';
import { environment, isFault } from '../../../core/contract/plugin.ts';
import type { HttpClient, HttpReply } from '../../kit/http/fetch.ts';
import { createBackoff } from '../../kit/work/backoff.ts';
import type { CredentialSource } from './credentials.ts';
import { encodePath, queryOf, sha256Hex, signHeaders, signUrl, type Unsigned } from './sign.ts';
import { type Refused, refusedBy } from './trouble.ts';

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  /** The object; "" for the bucket. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** SHA-256 of the body, in hex, if it is already computed. */
  readonly sha256?: string;
  /** Statuses of a valid answer; every other one is a failure. */
  readonly good: readonly number[];
  /** Why an answer with a good status is invalid, such as a wrong checksum: the request is sent again. */
  check?(reply: HttpReply): string | undefined;
}

export interface S3Client {
  send(request: S3Request, signal: AbortSignal): Promise<HttpReply>;
  /** A URL that allows this one request to any client for so many seconds. */
  link(
    request: Unsigned & { readonly method: S3Request['method'] },
    seconds: number,
    signal: AbortSignal,
  ): Promise<string>;
  /** The path of an object in URLs. */
  pathOf(key: string): string;
  /** The server's name in messages. */
  readonly host: string;
}

export interface S3ClientOptions {
  readonly endpoint: URL;
  readonly bucket: string;
  readonly region: string;
  readonly style: 'path' | 'virtual-host';
  /** Milliseconds for one attempt. */
  readonly timeout: number;
  /** Milliseconds for all attempts of a request. */
  readonly giveUp: number;
  readonly http: HttpClient;
  readonly credentials: CredentialSource;
  readonly clock: Clock;
  count(name: string): void;
  /** From 0 to 1. Default Math.random. */
  random?(): number;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 20_000;
/** Half of each pause is random, so that a fleet does not retry at once. */
const JITTER = 0.5;
/** Limit of a picture that is read, and of a list, in bytes. */
const MAX_ANSWER = 64 * 2 ** 20;
/** Limit of the attempts in a row with a new time or new credentials and without a pause. */
const MAX_REPAIRS = 2;

export function createS3Client(options: S3ClientOptions): S3Client {
  const { endpoint, bucket, region, http, credentials, clock, count } = options;
  const isVirtual = options.style === 'virtual-host';
  const host = isVirtual ? `${bucket}.${endpoint.host}` : endpoint.host;
  const origin = `${endpoint.protocol}//${host}`;
  const pathOf = (key: string): string => `${isVirtual ? '' : `/${encodePath(bucket)}`}/${encodePath(key)}`;
  /** Milliseconds by which the server's clock is ahead of this machine's; measured when the server refuses the time. */
  let skew = 0;
  /** No request begins before this time, because the server asked for fewer. On the monotonic clock. */
  let quietUntil = 0;

  const prepare = async (request: S3Request, signal: AbortSignal) => {
    const { method, key, query = {}, headers = {}, body } = request;
    const path = pathOf(key);
    const signing = { credentials: await credentials.get(signal), region, now: clock.now() + skew };
    const payload = request.sha256 ?? sha256Hex(body ?? '');
    const url = new URL(`${origin}${path}${Object.keys(query).length === 0 ? '' : `?${queryOf(query)}`}`);
    return {
      url,
      method,
      headers: signHeaders({ method, host, path, query, headers }, payload, signing),
      ...(body === undefined ? {} : { body }),
      redirects: 'manual' as const,
      deadline: options.timeout,
      signal,
    };
  };

  /** False if the time or the credentials were wrong and are corrected: the request is sent again at once. */
  const needsPause = (refused: Refused, headers: Readonly<Record<string, string>>, repairs: number): boolean => {
    if (refused.is === 'slow') count('slow_down_total');
    if (repairs >= MAX_REPAIRS) return true;
    if (refused.is === 'clock') {
      const serverTime = Date.parse(headers.date ?? '');
      if (Number.isNaN(serverTime)) return true;
      skew = serverTime - clock.now();
      return false;
    }
    if (refused.is === 'credentials') credentials.expired();
    return refused.is !== 'credentials';
  };

  const persist = async <T>(work: (signal: AbortSignal) => Promise<T | Failed>, outer: AbortSignal): Promise<T> => {
    const random = options.random ?? Math.random;
    const backoff = createBackoff({ first: FIRST_PAUSE_MS, most: LONGEST_PAUSE_MS, jitter: JITTER, random });
    let last: unknown;
    const late = () =>
      isFault(last)
        ? last
        : environment('deadline', `${host} did not answer within ${formatDuration(options.giveUp)}; camd tries again.`);
    return withDeadline({ ms: options.giveUp, late, signals: [outer], clock }, async (signal) => {
      for (let repairs = 0; ; ) {
        const quiet = quietUntil - clock.monotonic();
        if (quiet > 0) await clock.sleep(quiet, signal);
        count('requests_total');
        const result = await work(signal);
        if (!isFailed(result)) return result;
        last = result.refused.fault;
        const { is } = result.refused;
        if (is === 'final') throw last;
        if (!needsPause(result.refused, result.headers, repairs)) {
          repairs++;
          continue;
        }
        if (is === 'clock' || is === 'credentials') throw last;
        count('retries_total');
        const pause = backoff.next();
        if (is === 'slow') quietUntil = Math.max(quietUntil, clock.monotonic() + pause);
        else await clock.sleep(pause, signal);
      }
    });
  };
  const unreachable = (cause: unknown): Failed => {
    if (!isFault(cause) || cause.blame !== 'environment' || cause.code === 'no-credentials') throw cause;
    return { refused: { is: 'again', fault: cause }, headers: {} };
  };

  return {
    host,
    pathOf,
    send: (request, outer) =>
      persist(async (signal) => {
        try {
          const reply = await http.fetch({ ...(await prepare(request, signal)), maxBytes: MAX_ANSWER });
          if (!request.good.includes(reply.status)) return { refused: refusedBy(host, reply), headers: reply.headers };
          const why = request.check?.(reply);
          if (why === undefined) return reply;
          count('checksum_total');
          return { refused: { is: 'again', fault: environment('checksum', why) }, headers: {} };
        } catch (cause) {
          return unreachable(cause);
        }
      }, outer),
    async link(request, seconds, signal) {
      const signing = { credentials: await credentials.get(signal), region, now: clock.now() + skew };
      return `${origin}${signUrl({ ...request, host }, seconds, signing)}`;
    },
  };
}

interface Failed {
  readonly refused: Refused;
  readonly headers: Readonly<Record<string, string>>;
}

const isFailed = (result: unknown): result is Failed =>
  typeof result === 'object' && result !== null && 'refused' in result && 'headers' in result;
