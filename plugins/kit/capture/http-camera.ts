// The shared part of HTTP sources: client, credentials, and messages for a camera's status codes.

import { readFile } from 'node:fs/promises';
import { redactUrl } from '../../../core/base/redact.ts';
import type { Milliseconds } from '../../../core/base/units.ts';
import { splitZone } from '../../../core/base/zone.ts';
import { environment, type Fault, misuse, sentence } from '../../../core/contract/problems.ts';
import { type CameraClient, type CameraRequest, createCameraClient } from '../camera/client.ts';
import type { CameraTls } from '../camera/connect.ts';
import { createOddities } from '../camera/oddities.ts';
import { type Authenticator, createAuthenticator } from '../http/auth.ts';
import { parseChallenges } from '../http/challenge.ts';
import { type HttpHead, splitCredentials } from '../http/fetch.ts';
import { REFUSED } from './retry.ts';
import type { SourceNode } from './sink.ts';

export interface HttpCameraOptions {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly auth: 'auto' | 'basic' | 'digest';
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: {
    readonly ca?: string;
    readonly verify: boolean;
    readonly fingerprint?: string;
    readonly min_version?: CameraTls['minVersion'];
  };
  readonly timeout: Milliseconds;
  readonly connect_timeout: Milliseconds;
}

export interface HttpCamera {
  readonly client: CameraClient;
  /** The URL without credentials, for messages. */
  readonly what: string;
  /** A request to the camera, credentials included. */
  readonly request: CameraRequest;
  /** Counts protocol errors of the camera, by the codes of plugins/kit/camera/oddities.ts, and logs each once. */
  readonly odd: (code: string) => void;
}

/** The client is closed with the node. @throws Fault `profile`: the URL or the CA file is wrong */
export async function openHttpCamera(node: SourceNode, options: HttpCameraOptions): Promise<HttpCamera> {
  const { tls, headers = {} } = options;
  const { url, zone } = splitZone(options.url);
  const split = splitUrl(url);
  const username = options.username ?? split.username;
  const password = options.password ?? split.password ?? '';
  const odd = createOddities(node);
  const client = createCameraClient({
    connectTimeout: options.connect_timeout,
    ...(zone === undefined ? {} : { zone }),
    odd,
    tls: {
      verify: tls?.verify ?? true,
      ...(tls?.ca === undefined ? {} : { ca: await readCa(node.resolve(tls.ca)) }),
      ...(tls?.fingerprint === undefined ? {} : { fingerprint: tls.fingerprint }),
      ...(tls?.min_version === undefined ? {} : { minVersion: tls.min_version }),
    },
  });
  node.defer(client.close);
  return {
    client,
    what: redactUrl(options.url),
    request: {
      url: split.url,
      headers,
      deadline: options.timeout,
      auth: username === undefined ? undefined : createAuthenticator({ username, password, scheme: options.auth }),
    },
    odd,
  };
}

/** undefined if the answer is a success (some cameras send another 2xx status than 200); otherwise a Fault with a sentence. */
export function refusal(what: string, head: HttpHead, { url, auth }: CameraRequest): Fault | undefined {
  const { status } = head;
  if (status >= 200 && status < 300 && status !== 204) return undefined;
  if (status === 401) return environment(REFUSED, unauthorised(what, head, url, auth));
  if (status === 403)
    return environment(REFUSED, `${what} forbids this (403): check the rights of this user at the camera.`);
  const why = STATUS[status] ?? 'which is not a picture';
  return environment('bad-status', `${what} answered with status ${status}, ${why}.`);
}

function unauthorised(what: string, head: HttpHead, url: URL, auth: Authenticator | undefined): string {
  if (auth === undefined) {
    const scheme = head.headers['www-authenticate']?.split(/[\s,]/)[0] ?? 'no scheme given';
    return `${what} asks for authentication (401, ${scheme}): set "username" and "password".`;
  }
  if (head.url.origin !== url.origin) {
    return `${what} redirects to ${redactUrl(head.url)}, which asks for authentication (401). Credentials are sent to ${url.origin} alone: set the other URL in the profile.`;
  }
  if (auth.wasSent) return `${what} refused the username or the password (401).`;
  return `${what} asks for authentication (401) ${demandOf(head)}; the username and the password were not sent.`;
}

/** The requirements of the challenges, when none of them could be answered. */
function demandOf(head: HttpHead): string {
  const challenges = parseChallenges(head.headers['www-authenticate'] ?? '').map(({ scheme, parameters }) => {
    const { algorithm, qop, nonce } = parameters;
    const details = [
      ...(algorithm === undefined ? [] : [`algorithm ${algorithm}`]),
      ...(qop === undefined ? [] : [`qop ${qop}`]),
      ...(scheme === 'digest' && nonce === undefined ? ['no nonce'] : []),
    ];
    return [scheme, ...details].join(', ');
  });
  return challenges.length === 0
    ? 'but does not say how'
    : `in a way that camd does not support (${challenges.join('; ')})`;
}

/** The media type in lower case, without its parameters; empty when there is none. */
export const mediaType = (head: HttpHead): string =>
  (head.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

const STATUS: Readonly<Record<number, string>> = {
  404: 'so the path is wrong',
  429: 'so camd requests too often',
  500: 'so the camera itself has failed',
  502: 'so the camera behind it is unreachable',
  503: 'so it is busy; many cameras serve one client only',
  504: 'so the camera behind it is unreachable',
};

function splitUrl(url: string): ReturnType<typeof splitCredentials> {
  try {
    return splitCredentials(url);
  } catch (cause) {
    throw misuse('bad-url', `${redactUrl(url)} is not a valid URL.`, cause);
  }
}

async function readCa(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw environment('unreadable-ca', `The certificates in ${path} cannot be read: ${sentence(cause)}.`, cause);
  }
}
