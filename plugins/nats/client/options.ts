// Converts the options of nats/client to those of the client library; reads files again for every connection.

import { readFile } from 'node:fs/promises';
import type { Authenticator, NodeConnectionOptions } from '@nats-io/transport-node';
import { reason } from '../../../core/base/reason.ts';
import { redactUrl } from '../../../core/base/redact.ts';
import { environment, type Finding, misuse } from '../../../core/contract/plugin.ts';
import type { NatsClientOptions } from '../../../schemas/nats/client.ts';

export type Library = typeof import('@nats-io/transport-node');

const DEFAULT_PORT = '4222';

export const serversOf = ({ servers }: NatsClientOptions): readonly string[] =>
  typeof servers === 'string' ? [servers] : servers;

export const shownServers = (options: NatsClientOptions): string => serversOf(options).map(redactUrl).join(', ');

export const isEncrypted = (options: NatsClientOptions): boolean =>
  serversOf(options).some((url) => url.startsWith('tls:'));

/** Checks that the schema cannot express. */
export function findings(options: NatsClientOptions): Finding[] {
  const found: Finding[] = [];
  const add = (option: string, message: string) =>
    void found.push({ option, code: 'wrong-value', message: `${option}: ${message}` });
  const urls = serversOf(options).map((url) => new URL(url));
  if (urls.some(({ username, password }) => username !== '' || password !== '')) {
    add('servers', 'set the user and the password in the options "user" and "password", not in the URL.');
  }
  if (new Set(urls.map(({ protocol }) => protocol)).size > 1) {
    add('servers', 'use tls:// for all of them or for none, because one connection may go to any of them.');
  }
  const ways = (['user', 'token', 'nkey', 'credentials'] as const).filter((name) => options[name] !== undefined);
  const [first, second] = ways;
  if (second !== undefined) add(second, `"${first}" already identifies camd; remove one of the two.`);
  if (options.password !== undefined && options.user === undefined)
    add('password', 'add the "user" that it belongs to.');
  if ((options.certificate === undefined) !== (options.key === undefined)) {
    add(options.key === undefined ? 'certificate' : 'key', 'a client certificate needs both "certificate" and "key".');
  }
  return found;
}

export async function connectionOptions(
  library: Library,
  options: NatsClientOptions,
  name: string,
  resolve: (path: string) => string,
): Promise<NodeConnectionOptions> {
  const read = async (option: string, path: string | undefined): Promise<Buffer | undefined> => {
    if (path === undefined) return undefined;
    return readFile(resolve(path)).catch((cause: unknown) => {
      const why = `The file ${path} of the option "${option}" cannot be read: ${reason(cause)}.`;
      throw environment('unreadable-file', why, cause);
    });
  };
  const ca = await read('ca', options.ca);
  const cert = await read('certificate', options.certificate);
  const key = await read('key', options.key);
  const tls = {
    ...(ca ? { ca: ca.toString() } : {}),
    ...(cert ? { cert: cert.toString() } : {}),
    ...(key ? { key: key.toString() } : {}),
    ...(options.verify ? {} : { rejectUnauthorized: false }),
  };
  const authenticator = authenticatorOf(library, options, await read('credentials', options.credentials));
  return {
    name,
    servers: serversOf(options).map((url) => hostOf(new URL(url))),
    reconnect: false,
    ignoreClusterUpdates: true,
    timeout: options.connect_timeout,
    pingInterval: options.keepalive,
    maxPingOut: 2,
    inboxPrefix: options.inbox,
    ...(Object.keys(tls).length > 0 || isEncrypted(options) ? { tls } : {}),
    ...(authenticator ? { authenticator } : {}),
  };
}

const hostOf = ({ hostname, port }: URL): string => `${hostname}:${port || DEFAULT_PORT}`;

function authenticatorOf(
  library: Library,
  options: NatsClientOptions,
  credentials: Buffer | undefined,
): Authenticator | undefined {
  // An empty text means no text, so that a profile may read it from the environment.
  if (options.token) return library.tokenAuthenticator(options.token);
  if (options.user) return library.usernamePasswordAuthenticator(options.user, options.password ?? '');
  if (credentials) return signing('credentials', () => library.credsAuthenticator(credentials));
  const { nkey } = options;
  return nkey ? signing('nkey', () => library.nkeyAuthenticator(Buffer.from(nkey.trim()))) : undefined;
}

/** The library's own message about an invalid seed does not name the option. */
function signing(option: string, make: () => Authenticator): Authenticator {
  const sign = make();
  return (nonce) => {
    try {
      return sign(nonce);
    } catch (cause) {
      throw misuse('bad-seed', `The option "${option}" holds no valid seed of a NATS user (SU…).`, cause);
    }
  };
}
