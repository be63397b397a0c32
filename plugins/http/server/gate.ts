// Decides whether a request may pass: method, Host, Origin, credentials. Pure.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { hostname } from 'node:os';
import type { KnownPerson, People, Person } from '../../../core/contract/plugin.ts';
import type { HttpServerOptions } from '../../../schemas/http/server.ts';
import { hostName, isOwnName } from '../../kit/http/hosts.ts';
import { forwardedOf, isForeign } from '../../kit/http/origin.ts';
import { SAFE, serverPeople } from './rights.ts';

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
  /** Where credentials that were right once need not be looked up again: the connection; behind a proxy, which many share, the request. */
  readonly connection?: object;
  /** Further origins that the route lets in, in lower case; "*" for all. */
  readonly origins?: readonly string[];
  /** Who was let in with this; kept while a response or a socket is open. */
  person?: Person | undefined;
}

export interface Refusal {
  readonly status: 400 | 401 | 403 | 405 | 421 | 429;
  readonly message: string;
  /** The log says so as well: whoever set this up must change something. */
  readonly told?: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Gate {
  (asked: Asked): Refusal | undefined;
  /** The same credentials were right on this connection before. */
  proven(asked: Asked): boolean;
  /** Who has proven to be somebody whose rights are limited; undefined: somebody with all rights, or nobody at a public path. */
  person(asked: Asked): Person | undefined;
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
  const compare = ({ connection, headers: { authorization } }: Asked): Proof | undefined => {
    const known = connection && right.get(connection);
    if (!known || authorization?.length !== known.text.length) return undefined;
    known.given.write(authorization, 'latin1');
    return timingSafeEqual(known.text, known.given) ? known : undefined;
  };
  /** What is asked of one request several times in turn is compared once. */
  let compared: Asked | undefined;
  let proof: Proof | undefined;
  const proofOf = (asked: Asked): Proof | undefined => {
    if (asked === compared) return proof;
    proof = compare(asked);
    compared = asked;
    return proof;
  };
  const proven = (asked: Asked): boolean => proofOf(asked) !== undefined;
  const isKnown = (asked: Asked): boolean => {
    if (proven(asked)) return true;
    const { authorization } = asked.headers;
    const known = knows?.(authorization);
    if (!known) return false;
    if (asked.connection && authorization !== undefined) {
      const text = Buffer.from(authorization, 'latin1');
      right.set(asked.connection, { ...known, text, given: Buffer.alloc(text.length) });
      compared = undefined;
    }
    return true;
  };
  const person = (asked: Asked): Person | undefined => (isLimited ? proofOf(asked)?.person : undefined);
  /** Requests mostly ask the same host. */
  let own: string | undefined;
  const isOwn = (host: string | undefined): boolean => {
    if (host !== undefined && host === own) return true;
    const name = hostName(host);
    if (!(hosts ? hosts.has(name) : isOwnName(name, machine))) return false;
    own = host;
    return true;
  };

  const gate = (asked: Asked): Refusal | undefined => {
    const {
      method,
      path,
      headers,
      upgrade,
      routeAuth = false,
      always = false,
      proxied = false,
      origins: more = NONE,
    } = asked;
    if (methods && !methods.has(method)) {
      return refuse(405, 'this server does not accept this method', { Allow: [...methods].join(', ') });
    }
    // With a password, a page of another origin could do nothing; a trusted proxy knows its own names.
    const mayBeAny = !hosts && (knows !== undefined || proxied);
    if (!mayBeAny && !isOwn(headers.host)) {
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
    if (knows && !routeAuth && (changes || always || !isPublic(path)) && !isKnown(asked)) {
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

/** Whose credentials came: a token's bearer is nobody in particular. */
interface Known {
  readonly person?: Person;
}

interface Proof extends Known {
  readonly text: Buffer;
  /** Room for what comes next on the connection, to be compared. */
  readonly given: Buffer;
}

/** undefined when no credentials are needed. Its duration reveals nothing about how close a guess was. */
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
    for (const one of basic ? users : tokens) known = timingSafeEqual(one.print, given) ? one.known : known;
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
