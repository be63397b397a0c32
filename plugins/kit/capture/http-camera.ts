// The shared part of HTTP sources: client, credentials, and the meaning of a camera's status codes.

import { readFile } from 'node:fs/promises';
import { redactUrl } from '../../../core/base/redact.ts';
import type { Milliseconds } from '../../../core/base/units.ts';
import { environment, type Fault, misuse, sentence } from '../../../core/contract/problems.ts';
import { createAuthenticator } from '../http/auth.ts';
import { createHttpClient, type HttpClient, type HttpHead, type HttpRequest, splitCredentials } from '../http/fetch.ts';
import { REFUSED } from './retry.ts';
import type { SourceNode } from './sink.ts';

export interface HttpCameraOptions {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly auth: 'auto' | 'basic' | 'digest';
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: { readonly ca?: string; readonly verify: boolean };
  readonly timeout: Milliseconds;
  readonly connect_timeout: Milliseconds;
}

export interface HttpCamera {
  readonly client: HttpClient;
  /** The URL as it may be shown. */
  readonly what: string;
  /** A request to the camera, credentials included. */
  readonly request: HttpRequest;
}

/** The client is closed with the node. @throws Fault `profile`: the URL or the CA file is wrong */
export async function openHttpCamera(node: SourceNode, options: HttpCameraOptions): Promise<HttpCamera> {
  const { tls, headers = {} } = options;
  const split = splitUrl(options.url);
  const username = options.username ?? split.username;
  const password = options.password ?? split.password ?? '';
  const client = createHttpClient({
    // Small cameras serve one or two connections in all.
    connections: 1,
    connectTimeout: options.connect_timeout,
    verify: tls?.verify ?? true,
    ...(tls?.ca === undefined ? {} : { ca: await readCa(node.resolve(tls.ca)) }),
  });
  node.defer(() => client.close());
  return {
    client,
    what: redactUrl(options.url),
    request: {
      url: split.url,
      headers,
      deadline: options.timeout,
      auth: username === undefined ? undefined : createAuthenticator({ username, password, scheme: options.auth }),
    },
  };
}

/** undefined when the answer is a 200; a Fault with a sentence otherwise. */
export function refusal(what: string, head: HttpHead, credentials: boolean): Fault | undefined {
  const { status } = head;
  if (status === 200) return undefined;
  if (status === 401) {
    const asked = head.headers['www-authenticate']?.split(/[\s,]/)[0] ?? 'something';
    const why = credentials
      ? `${what} refused the username or the password (401).`
      : `${what} asks for authentication (401, ${asked}): set "username" and "password".`;
    return environment(REFUSED, why);
  }
  if (status === 403)
    return environment(REFUSED, `${what} forbids this (403): check the rights of this user at the camera.`);
  const why = STATUS[status] ?? 'which is not a picture';
  return environment('bad-status', `${what} answered with status ${status}, ${why}.`);
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
