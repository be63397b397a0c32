// Checks if the server of a URL is reachable; HTTP requests are sent without credentials, and repeated with them if required.

import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { reason } from '../../../core/base/reason.ts';
import { redactUrl } from '../../../core/base/redact.ts';
import { socketHost } from '../../../core/base/zone.ts';
import type { ExamineView, Observation } from '../../../core/contract/plugin.ts';
import { environment, sentence } from '../../../core/contract/problems.ts';
import { type Credentials, createAuthenticator } from '../http/auth.ts';
import { CONNECT_MS, type Endpoint, failedConnection, openSocket, quoted, type Tls } from './connection.ts';

export interface Target {
  readonly option: string;
  readonly url: string;
  /** The network interface for a link-local address. */
  readonly zone?: string | undefined;
  /** Default "The server URL". */
  readonly what?: string;
  readonly tls?: { readonly ca?: string | undefined; readonly verify?: boolean | undefined } | undefined;
  /**
   * `picture`: a GET that a camera must answer with a success. `server`: a HEAD of "/" with any answer, because the URL is meant for
   * other requests. Default for http and https: `server`; for other schemes only the connection is tried.
   */
  readonly expects?: 'picture' | 'server';
  /** For `picture`, such as an API key. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent only to this URL's own server. */
  readonly credentials?: Credentials | undefined;
}

const PORTS: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'ws:': 80,
  'wss:': 443,
  'mqtt:': 1883,
  'tcp:': 1883,
  'mqtts:': 8883,
  'ssl:': 8883,
  'rtsp:': 554,
  'rtsps:': 322,
};
const ENCRYPTED: ReadonlySet<string> = new Set(['https:', 'wss:', 'mqtts:', 'ssl:', 'rtsps:']);

/** At most one observation. */
export async function* reach(view: ExamineView, target: Target): AsyncGenerator<Observation> {
  const { option, expects = 'server' } = target;
  // A URL for other requests may have side effects or contain a credential: then only "/" of its server is requested.
  const url = expects === 'picture' ? new URL(target.url) : new URL('/', target.url);
  const shown = redactUrl(url);
  const what = target.what ?? `The server ${shown}`;
  let endpoint: Endpoint;
  try {
    endpoint = {
      host: socketHost(url.hostname, target.zone),
      port: Number(url.port) || (PORTS[url.protocol] ?? 0),
      ...(await tlsOf(url, target.tls, view)),
    };
  } catch (cause) {
    yield { is: 'wrong', code: 'unreadable-file', option: 'tls.ca', message: sentence(cause) };
    return;
  }
  const began = performance.now();
  const took = (): string => `${Math.round(performance.now() - began)} ms`;
  try {
    if (!/^https?:$/.test(url.protocol)) {
      (await openSocket(endpoint, view.signal)).destroy();
      yield { is: 'fine', code: 'reachable', option, message: `${what} accepts connections (${took()}).` };
      return;
    }
    const auth = target.credentials && createAuthenticator(target.credentials);
    const ask = (): Promise<Answer> => {
      const authorization = auth?.authorize(METHOD[expects], url.pathname + url.search);
      const more = authorization === undefined ? {} : { authorization };
      return fetchHead(endpoint, url, expects, { ...target.headers, ...more }, view);
    };
    let answer = await ask();
    for (let tries = 1; answer.status === 401 && auth?.challenged(answer.challenge) && tries < MAX_TRIES; tries++) {
      answer = await ask();
    }
    yield { option, ...observed(what, shown, answer, expects, auth !== undefined, took()) };
  } catch (cause) {
    yield failedConnection(what, option, endpoint, cause);
  }
}

/** Without credentials, with Basic or Digest, and with a second nonce. */
const MAX_TRIES = 3;
const METHOD = { picture: 'GET', server: 'HEAD' } as const;

async function tlsOf(url: URL, given: Target['tls'], view: ExamineView): Promise<{ tls?: Tls }> {
  if (!ENCRYPTED.has(url.protocol)) return {};
  const verify = given?.verify ?? true;
  if (given?.ca === undefined) return { tls: { verify } };
  const file = view.resolve(given.ca);
  try {
    return { tls: { verify, ca: await readFile(file, 'utf8') } };
  } catch (cause) {
    throw environment('unreadable-ca', `The certificates in ${file} cannot be read: ${reason(cause)}.`, cause);
  }
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly challenge: string | undefined;
  readonly location: string | undefined;
}

/** The head of the answer; its body is not read, and no redirect is followed. */
async function fetchHead(
  endpoint: Endpoint,
  url: URL,
  expects: 'picture' | 'server',
  headers: Readonly<Record<string, string>>,
  { signal }: ExamineView,
): Promise<Answer> {
  const socket = await openSocket(endpoint, signal);
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const call = request({
        createConnection: () => socket,
        host: endpoint.host,
        method: METHOD[expects],
        path: url.pathname + url.search,
        headers: {
          host: url.host,
          'user-agent': 'camd',
          accept: '*/*',
          connection: 'close',
          ...headers,
        },
        // Cameras often have non-standard HTTP servers.
        insecureHTTPParser: true,
        signal,
      });
      call.setTimeout(CONNECT_MS, () =>
        call.destroy(Object.assign(new Error('late'), { code: 'UND_ERR_HEADERS_TIMEOUT' })),
      );
      call.once('response', resolve);
      call.once('error', reject);
      call.end();
    });
    // The body and its errors are ignored.
    response.on('error', () => {});
    return {
      status: response.statusCode ?? 0,
      type: response.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? '',
      challenge: response.headers['www-authenticate'],
      location: response.headers.location,
    };
  } finally {
    socket.on('error', () => {});
    socket.destroy();
  }
}

function observed(
  what: string,
  shown: string,
  { status, type, location }: Answer,
  expects: 'picture' | 'server',
  hasCredentials: boolean,
  took: string,
): Omit<Observation, 'option'> {
  const show = `curl -sv -o /dev/null ${quoted(shown)}`;
  if (expects === 'server') {
    if (status < 500) return { is: 'fine', code: 'reachable', message: `${what} answers (${took}).` };
    return { is: 'warning', code: 'bad-status', message: `${what} answers with status ${status}.`, fix: show };
  }
  if (status === 401 || status === 403) {
    const code = hasCredentials ? 'credentials-refused' : 'needs-credentials';
    const message = hasCredentials
      ? `${what} refused the username or the password (${status}).`
      : `${what} asks for a password (${status}): set "username" and "password".`;
    return { is: 'wrong', code, message, fix: show };
  }
  if (status >= 300 && status < 400) {
    const to =
      location !== undefined && URL.canParse(location, shown) ? ` to ${redactUrl(new URL(location, shown))}` : '';
    const message = `${what} redirects${to} (${status}); it was not followed. Put the last URL in the profile.`;
    return { is: 'warning', code: 'redirected', message, fix: show };
  }
  if (status >= 400)
    return { is: 'wrong', code: 'bad-status', message: `${what} answers with status ${status}.`, fix: show };
  if (type === 'text/html') {
    return {
      is: 'wrong',
      code: 'no-picture',
      message: `${what} answers with a page (text/html), not with pictures.`,
      fix: show,
    };
  }
  return { is: 'fine', code: 'reachable', message: `${what} answers${type === '' ? '' : ` with ${type}`} (${took}).` };
}
