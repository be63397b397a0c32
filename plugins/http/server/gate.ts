// Decides whether a request may pass: method, Host, Origin, credentials. Pure.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { hostname } from 'node:os';
import type { KnownPerson, People, Person } from '../../../core/contract/plugin.ts';
import type { HttpServerOptions } from '../../../schemas/http/server.ts';
import { hostName, isOwnName } from '../../kit/http/hosts.ts';
import { forwardedOf, isForeign } from '../../kit/http/origin.ts';
import { SAFE, serverPeople } from './rights.ts';

/** A request, as far as its permission depends on it. */
export interface Access {
  readonly method: string;
  /** The path without the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly upgrade: boolean;
  /** The route checks credentials itself. */
  readonly routeAuth?: boolean;
  /** The route requires credentials, even at public paths and on a server without auth. */
  readonly always?: boolean;
  /** The request came through a trusted proxy. */
  readonly proxied?: boolean;
  /** The scope in which right credentials are not looked up again: the connection, or the request behind a proxy, whose connections many share. */
  readonly connection?: object;
  /** Further origins that the route accepts, in lower case; "*" for all. */
  readonly origins?: readonly string[];
  /** The user with these credentials, kept while the response or socket is open. */
  person?: Person | undefined;
}

export interface Refusal {
  readonly status: 400 | 401 | 403 | 405 | 421 | 429;
  readonly message: string;
  /** Text for the log: the operator must change the configuration. */
  readonly logMessage?: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Gate {
  (access: Access): Refusal | undefined;
  /** True if the same credentials were right on this connection before. */
  proven(access: Access): boolean;
  /** The authenticated user if their rights are limited; undefined for a user with all rights, or without credentials at a public path. */
  person(access: Access): Person | undefined;
}

export function createGate(options: HttpServerOptions, people = serverPeople(options.auth)): Gate {
  const methods = options.methods && new Set<string>(options.methods);
  if (methods?.has('GET')) methods.add('HEAD');
  const hosts = options.hosts && new Set(options.hosts.map((host) => host.toLowerCase()));
  const origins = new Set(
    options.cors?.origins.filter((origin) => origin !== '*').map((origin) => origin.toLowerCase()),
  );
  const isPublic = publicPaths(options.auth?.public ?? []);
  const knows = credentials(options.auth, people);
  const isLimited = options.auth?.rights !== undefined;
  const challenge = challenges(options.auth);

  const machine = hostname();

  const right = new WeakMap<object, Proof>();
  const compare = ({ connection, headers: { authorization } }: Access): Proof | undefined => {
    const known = connection && right.get(connection);
    if (!known || authorization?.length !== known.text.length) return undefined;
    known.given.write(authorization, 'latin1');
    return timingSafeEqual(known.text, known.given) ? known : undefined;
  };
  /** The result for the last request, which several checks need in turn. */
  let compared: Access | undefined;
  let proof: Proof | undefined;
  const proofOf = (access: Access): Proof | undefined => {
    if (access === compared) return proof;
    proof = compare(access);
    compared = access;
    return proof;
  };
  const proven = (access: Access): boolean => proofOf(access) !== undefined;
  const isKnown = (access: Access): boolean => {
    if (proven(access)) return true;
    const { authorization } = access.headers;
    const known = knows?.(authorization);
    if (!known) return false;
    if (access.connection && authorization !== undefined) {
      const text = Buffer.from(authorization, 'latin1');
      right.set(access.connection, { ...known, text, given: Buffer.alloc(text.length) });
      compared = undefined;
    }
    return true;
  };
  const person = (access: Access): Person | undefined => (isLimited ? proofOf(access)?.person : undefined);
  /** The last accepted host: most requests name the same one. */
  let own: string | undefined;
  const isOwn = (host: string | undefined): boolean => {
    if (host !== undefined && host === own) return true;
    const name = hostName(host);
    if (!(hosts ? hosts.has(name) : isOwnName(name, machine))) return false;
    own = host;
    return true;
  };

  const gate = (access: Access): Refusal | undefined => {
    const {
      method,
      path,
      headers,
      upgrade,
      routeAuth = false,
      always = false,
      proxied = false,
      origins: more = NONE,
    } = access;
    if (methods && !methods.has(method)) {
      return refuse(405, 'this server does not accept this method', { Allow: [...methods].join(', ') });
    }
    // With a password, a page of another origin has no access; a trusted proxy checks its own names.
    const mayBeAny = !hosts && (knows !== undefined || proxied);
    if (!mayBeAny && !isOwn(headers.host)) {
      const message =
        'this server does not serve this host name; the option "hosts" of http/server lists those that it serves';
      return { ...refuse(421, message), logMessage: 'a request for an unknown host name was refused' };
    }
    const changes = upgrade || !SAFE.has(method);
    const forwarded = proxied ? forwardedOf(headers) : undefined;
    const foreign = changes && !more.includes('*') && isForeign(headers, origins, forwarded);
    if (foreign && !more.includes(headers.origin?.toLowerCase() ?? '')) {
      const message =
        'pages of another origin are not allowed to do this; behind a proxy, set "trusted_proxies" and let the proxy send X-Forwarded-Host';
      return { ...refuse(403, message), logMessage: 'a request from a page of another origin was refused' };
    }
    if (always && !knows) return refuse(403, 'this page requires "auth" of http/server');
    if (knows && !routeAuth && (changes || always || !isPublic(path)) && !isKnown(access)) {
      return refuse(401, 'this server requires a password or a token', { 'WWW-Authenticate': challenge });
    }
    return undefined;
  };
  return Object.assign(gate, { proven, person });
}

const NONE: readonly string[] = [];

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

/** The owner of valid credentials; a bearer token belongs to no person. */
interface Known {
  readonly person?: Person;
}

interface Proof extends Known {
  readonly text: Buffer;
  /** Buffer for the next header of the connection, which is compared with `text`. */
  readonly given: Buffer;
}

/** undefined when no credentials are needed. The duration of a check does not reveal how close a guess was. */
function credentials(
  auth: HttpServerOptions['auth'],
  people: People & Iterable<KnownPerson>,
): ((header: string | undefined) => Known | undefined) | undefined {
  const users = [...people].map((person) => ({ print: person.print, known: { person } }));
  const tokens = (auth?.bearer?.tokens ?? []).map((token) => ({ print: digest(token), known: {} }));
  if (users.length === 0 && tokens.length === 0) return undefined;
  return (header) => {
    const match = /^(basic|bearer) +([^\s]+)\s*$/i.exec(header ?? '');
    if (!match?.[1] || !match[2]) return undefined;
    const basic = match[1].toLowerCase() === 'basic';
    const given = digest(basic ? Buffer.from(match[2], 'base64').toString('utf8') : match[2]);
    let known: Known | undefined;
    for (const entry of basic ? users : tokens) known = timingSafeEqual(entry.print, given) ? entry.known : known;
    return known;
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();

function challenges(auth: HttpServerOptions['auth']): string {
  const schemes = [
    ...(auth?.basic ? ['Basic realm="camd", charset="UTF-8"'] : []),
    ...(auth?.bearer ? ['Bearer realm="camd"'] : []),
  ];
  return schemes.join(', ');
}
