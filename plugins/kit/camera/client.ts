// The HTTP client for cameras: tolerates protocol errors; one connection, redirects, cookies and login.

import { withDeadline } from '../../../core/base/deadline.ts';
import { errorCode, reason } from '../../../core/base/reason.ts';
import { redactUrl } from '../../../core/base/redact.ts';
import type { Milliseconds } from '../../../core/base/units.ts';
import { environment, type Fault, isFault } from '../../../core/contract/problems.ts';
import type { Authenticator } from '../http/auth.ts';
import type { HttpHead } from '../http/fetch.ts';
import { isRedirect, MAX_REDIRECTS, redirected } from '../http/redirect.ts';
import type { Take } from './body.ts';
import { type CameraTls, openConnection } from './connect.ts';
import { createCookieJar } from './cookies.ts';
import type { Oddity } from './oddities.ts';
import { requestBytes } from './request.ts';
import { type BodyEnd, createWire, type Wire, type WireResponse } from './wire.ts';

export interface CameraClientOptions {
  readonly tls?: CameraTls;
  /** Milliseconds until a connection must be established, TLS included. */
  readonly connectTimeout: Milliseconds;
  /** The network interface for link-local addresses. */
  readonly zone?: string;
  readonly odd: (oddity: Oddity) => void;
}

export interface CameraRequest {
  /** Must not contain user information. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds: for `run` until its work is done, for `open` until the response begins. Redirects are included. */
  readonly deadline: Milliseconds;
  readonly signal?: AbortSignal;
  readonly auth: Authenticator | undefined;
}

export interface CameraResponse extends HttpHead {
  /** Passes the body to `take`, which only borrows it, until it ends or `take` returns true. Rejects when the connection fails. */
  read(take: Take): Promise<BodyEnd>;
  /** After `read` reached the end that Content-Length gives: reads what the camera sends beyond it. */
  readOn(take: Take): Promise<BodyEnd>;
  /** Discards the rest of the body; the connection is reused if the body ends soon. Never rejects. */
  finish(): Promise<void>;
  /** Ends the connection. */
  destroy(): void;
}

/** All rejections are Faults of blame `environment` with a full sentence and a redacted URL, or the reason of the caller's signal. */
export interface CameraClient {
  /** Resolves as soon as the response begins: its body has no deadline. The signal ends it at any time. */
  open(request: CameraRequest): Promise<CameraResponse>;
  /** The deadline covers the whole of `work`. */
  run<T>(request: CameraRequest, work: (response: CameraResponse) => Promise<T>): Promise<T>;
  close(): void;
}

/** How long an idle connection is kept: less than most cameras keep it. */
const KEEP_ALIVE_MS = 30_000;
/** Bytes and time to discard the rest of a body, so that its connection can be reused. */
export const MAX_DISCARDED = 128 * 1024;
export const MAX_DISCARD_MS = 300;
/** Answers to challenges in one exchange: a fresh nonce, then the answer to it. */
export const MAX_LOGINS = 3;

export function createCameraClient(options: CameraClientOptions): CameraClient {
  const { odd, tls = {}, connectTimeout, zone } = options;
  const cookies = createCookieJar();
  const wires = new Set<Wire>();
  let idle: { readonly wire: Wire; readonly origin: string; readonly timer: NodeJS.Timeout } | undefined;
  /** A body that is being discarded: small cameras serve one connection, so the next request waits for it. */
  let finishing: Promise<void> = Promise.resolve();

  const dropIdle = (): Wire | undefined => {
    const wire = idle?.wire;
    clearTimeout(idle?.timer);
    idle = undefined;
    return wire;
  };
  const keepIdle = (wire: Wire, origin: string): void => {
    dropIdle()?.destroy();
    const timer = setTimeout(() => dropIdle()?.destroy(), KEEP_ALIVE_MS);
    timer.unref();
    idle = { wire, origin, timer };
  };
  const connect = async (url: URL, signal: AbortSignal): Promise<Wire> => {
    const wire = createWire(odd);
    const onBytes = (chunk: Buffer): void => wire.receive(chunk);
    const socket = await openConnection(url, { tls, zone, timeout: connectTimeout, signal, onBytes });
    wire.attach(socket);
    wires.add(wire);
    socket.once('close', () => wires.delete(wire));
    return wire;
  };
  /** Uses the idle connection if there is one. If the camera has just closed it, that is no error: a new connection follows. */
  const send = async (url: URL, bytes: Buffer, signal: AbortSignal): Promise<{ wire: Wire; answer: WireResponse }> => {
    await finishing;
    const known = idle?.origin === url.origin ? dropIdle() : undefined;
    if (known && !known.isClosed) {
      try {
        return { wire: known, answer: await ended(known, signal, () => known.request(bytes, 'GET')) };
      } catch (cause) {
        if (signal.aborted || !LOST.has(errorCode(cause) ?? '')) throw cause;
      }
    }
    dropIdle()?.destroy();
    const wire = await connect(url, signal);
    return { wire, answer: await ended(wire, signal, () => wire.request(bytes, 'GET')) };
  };
  const responseOf = (wire: Wire, answer: WireResponse, url: URL): CameraResponse => {
    const { status, headers } = answer.head;
    const discard = async (): Promise<void> => {
      let bytes = 0;
      const timer = setTimeout(() => wire.destroy(), MAX_DISCARD_MS);
      await answer
        .read((chunk) => {
          bytes += chunk.length;
          return bytes > MAX_DISCARDED;
        })
        .catch(() => {});
      clearTimeout(timer);
      if (answer.release()) keepIdle(wire, url.origin);
      else wire.destroy();
    };
    return {
      status,
      headers,
      url,
      read: answer.read,
      readOn: answer.readOn,
      finish() {
        finishing = discard();
        return finishing;
      },
      destroy: wire.destroy,
    };
  };
  const exchange = async (request: CameraRequest, signal: AbortSignal): Promise<CameraResponse> => {
    let { url } = request;
    let [redirects, logins] = [0, 0];
    for (;;) {
      // Credentials and the headers of the profile are sent only to the origin in the profile.
      const isOwn = url.origin === request.url.origin;
      const path = url.pathname + url.search;
      const authorization = isOwn ? request.auth?.authorize('GET', path) : undefined;
      const cookie = cookies.header(url);
      const { accept } = request.headers;
      const headers = {
        ...(isOwn ? request.headers : accept === undefined ? {} : { accept }),
        ...(cookie === undefined || (isOwn && hasCookie(request.headers)) ? {} : { cookie }),
        ...(authorization === undefined ? {} : { authorization }),
      };
      const { wire, answer } = await send(url, requestBytes(url, headers), signal);
      const response = responseOf(wire, answer, url);
      const { status } = response;
      cookies.keep(url, answer.head.cookies);
      const challenge = response.headers['www-authenticate'];
      if (isOwn && logins < MAX_LOGINS && isWorthATry(request.auth, status, challenge)) {
        logins++;
        await response.finish();
        continue;
      }
      const { location } = response.headers;
      if (!isRedirect(status) || location === undefined) return response;
      await response.finish();
      if (++redirects > MAX_REDIRECTS) {
        throw environment('bad-redirect', `${redactUrl(request.url)} redirects more than ${MAX_REDIRECTS} times.`);
      }
      url = redirected(url, location);
    }
  };
  const run: CameraClient['run'] = (request, work) =>
    within(request, async (signal) => {
      const response = await exchange(request, signal);
      signal.addEventListener('abort', response.destroy, { once: true });
      try {
        return await work(response);
      } finally {
        signal.removeEventListener('abort', response.destroy);
        if (signal.aborted) response.destroy();
      }
    });
  return {
    run,
    async open(request) {
      const response = await within(request, (signal) => exchange(request, signal));
      const { signal } = request;
      signal?.addEventListener('abort', response.destroy, { once: true });
      if (signal?.aborted) response.destroy();
      return response;
    },
    close() {
      dropIdle();
      for (const wire of wires) wire.destroy();
    },
  };
}

/** Error codes of a request over an idle connection that the camera has just closed. */
const LOST: ReadonlySet<string> = new Set(['EMPTY', 'ECONNRESET', 'EPIPE']);

const hasCookie = (headers: Readonly<Record<string, string>>): boolean =>
  Object.keys(headers).some((name) => name.toLowerCase() === 'cookie');

/** True if another login may succeed: for a first or a fresh challenge, or for a camera that expects credentials without one. */
function isWorthATry(auth: Authenticator | undefined, status: number, challenge: string | undefined): boolean {
  if (auth === undefined) return false;
  if (status === 401) return auth.challenged(challenge);
  return (status === 400 || status === 403) && auth.denied();
}

/** Ends the connection when the signal aborts before the response begins. */
async function ended<T>(wire: Wire, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.addEventListener('abort', wire.destroy, { once: true });
  if (signal.aborted) wire.destroy();
  try {
    return await work();
  } finally {
    signal.removeEventListener('abort', wire.destroy);
  }
}

/** Runs `work` under the deadline and the caller's signal, and turns socket errors into Faults. */
async function within<T>(request: CameraRequest, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { signal: outer, url, deadline } = request;
  const what = redactUrl(url);
  const late = (): Fault => environment('deadline', `${what} did not complete its answer within ${deadline} ms.`);
  try {
    return await withDeadline({ ms: deadline, late, signals: [outer] }, work);
  } catch (thrown) {
    if (outer?.aborted) throw outer.reason;
    if (isFault(thrown)) throw thrown;
    const code = errorCode(thrown);
    if (code === undefined) throw thrown;
    const help = OLD_TLS.test(code) ? '; "tls: { min_version: "1.0" }" allows it for this node' : '';
    throw environment('unreachable', `${what} cannot be read: ${reason(thrown)}${help}.`, thrown);
  }
}

const OLD_TLS =
  /^ERR_SSL_(?:TLSV1_ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|WRONG_SSL_VERSION|DH_KEY_TOO_SMALL|SSLV3_ALERT_HANDSHAKE_FAILURE|BAD_SSL_TYPE|EE_KEY_TOO_SMALL|CA_MD_TOO_WEAK)$/;
