// Decides whether a request may pass: method, Host, Origin, credentials. Pure.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { hostname } from 'node:os';
import type { HttpServerOptions } from '../../../schemas/http/server.ts';
import { forwardedOf, isForeign } from '../../kit/http/origin.ts';
import { hostName, isOwnName } from './hosts.ts';

export interface Asked {
  readonly method: string;
  /** The path without the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly upgrade: boolean;
  /** The route asks for credentials itself. */
  readonly routeAuth?: boolean;
  /** The route needs credentials, also for paths that are public, and also where the server asks nobody. */
  readonly always?: boolean;
  /** The request came through a trusted proxy. */
  readonly proxied?: boolean;
  /** Further origins that the route lets in, in lower case; "*" for all. */
  readonly origins?: readonly string[];
}

export interface Refusal {
  readonly status: 400 | 401 | 403 | 405 | 421 | 429;
  readonly message: string;
  /** The log says so as well: whoever set this up must change something. */
  readonly told?: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type Gate = (asked: Asked) => Refusal | undefined;

/** Methods that only read (RFC 9110 §9.2.1). */
export const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export function createGate(options: HttpServerOptions): Gate {
  const methods = options.methods && new Set<string>(options.methods);
  if (methods?.has('GET')) methods.add('HEAD');
  const hosts = options.hosts && new Set(options.hosts.map((host) => host.toLowerCase()));
  const origins = new Set(
    options.cors?.origins.filter((origin) => origin !== '*').map((origin) => origin.toLowerCase()),
  );
  const isPublic = publicPaths(options.auth?.public ?? []);
  const knows = credentials(options.auth);
  const challenge = challenges(options.auth);

  const machine = hostname();

  return (asked) => {
    const {
      method,
      path,
      headers,
      upgrade,
      routeAuth = false,
      always = false,
      proxied = false,
      origins: more = [],
    } = asked;
    if (methods && !methods.has(method)) {
      return refuse(405, 'this server does not accept this method', { Allow: [...methods].join(', ') });
    }
    const name = hostName(headers.host);
    // With a password, a page of another origin could do nothing; a trusted proxy knows its own names.
    const isStrange = hosts ? !hosts.has(name) : !knows && !proxied && !isOwnName(name, machine);
    if (isStrange) {
      const message =
        'this server does not serve this host name; the option "hosts" of http/server lists those that it serves';
      return { ...refuse(421, message), told: 'a request for a strange host name was refused' };
    }
    const changes = upgrade || !SAFE.has(method);
    const forwarded = proxied ? forwardedOf(headers) : undefined;
    const foreign = changes && !more.includes('*') && isForeign(headers, origins, forwarded);
    if (foreign && !more.includes(headers.origin?.toLowerCase() ?? '')) {
      const message =
        'pages of another origin are not allowed to do this; behind a proxy, "trusted_proxies" and X-Forwarded-Host tell the own one';
      return { ...refuse(403, message), told: 'a request from a page of another origin was refused' };
    }
    if (always && !knows) return refuse(403, 'this page needs a server with auth');
    if (knows && !routeAuth && (changes || always || !isPublic(path)) && !knows(headers.authorization)) {
      return refuse(401, 'this server requires a password or a token', { 'WWW-Authenticate': challenge });
    }
    return undefined;
  };
}

const refuse = (status: Refusal['status'], message: string, headers: Record<string, string> = {}): Refusal => ({
  status,
  message,
  headers,
});

function publicPaths(paths: readonly string[]): (path: string) => boolean {
  const exact = new Set(paths.filter((path) => !path.endsWith('/*')));
  const below = paths.filter((path) => path.endsWith('/*')).map((path) => path.slice(0, -1));
  // An ambiguous path ("..", "%2e", "//") is not public: a server behind camd may read it differently.
  return (path) => exact.has(path) || (isPlain(path) && below.some((prefix) => path.startsWith(prefix)));
}

const isPlain = (path: string): boolean => !/%|\/\/|\/\.{1,2}(\/|$)|\\/.test(path);

/** undefined when no credentials are needed. Its duration reveals nothing about how close a guess was. */
function credentials(auth: HttpServerOptions['auth']): ((header: string | undefined) => boolean) | undefined {
  const users = Object.entries(auth?.basic?.users ?? {}).map(([name, password]) => digest(`${name}:${password}`));
  const tokens = (auth?.bearer?.tokens ?? []).map(digest);
  if (users.length === 0 && tokens.length === 0) return undefined;
  return (header) => {
    const match = /^(basic|bearer) +([^\s]+)\s*$/i.exec(header ?? '');
    if (!match?.[1] || !match[2]) return false;
    const basic = match[1].toLowerCase() === 'basic';
    const given = digest(basic ? Buffer.from(match[2], 'base64').toString('utf8') : match[2]);
    let known = false;
    for (const one of basic ? users : tokens) known = timingSafeEqual(one, given) || known;
    return known;
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();

function challenges(auth: HttpServerOptions['auth']): string {
  const asked = [
    ...(auth?.basic ? ['Basic realm="camd", charset="UTF-8"'] : []),
    ...(auth?.bearer ? ['Bearer realm="camd"'] : []),
  ];
  return asked.join(', ');
}
