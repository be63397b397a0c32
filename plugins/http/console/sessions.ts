// Logins and sessions: cookies, expiry, and increasing delays for wrong passwords.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { People } from '../../../core/contract/plugin.ts';
import { printOf } from '../../kit/http/people.ts';
import { createGuessing, type Guessing } from '../../kit/ingest/guessing.ts';
import { createLru } from '../../kit/work/lru.ts';

/** Most simultaneous sessions; a new one replaces the least recently used. */
export const MAX_SESSIONS = 256;
/** Milliseconds without a request after which a session ends, and its longest duration. */
export const IDLE_MS = 12 * 3_600_000;
export const LONGEST_MS = 7 * 24 * 3_600_000;
const COOKIE = 'camd_console';
const NOBODY = randomBytes(32);
const TOKEN = /^[\w-]{43}$/;

interface Session {
  readonly user: string;
  /** Digest of name and password, which changes with the password. */
  readonly print: Buffer;
  readonly since: number;
  seen: number;
}

export type LoginResult =
  | { readonly ok: true; readonly cookie: string; readonly user: string }
  | { readonly ok: false; readonly late: number; sent(): void }
  | { readonly ok: false; readonly late: undefined };

/** Sessions survive reloads. */
export interface Sessions {
  /** `late`: milliseconds before the refusal may be sent; undefined if too many attempts are waiting. */
  login(people: People, user: string, password: string, address: string, secure: boolean): LoginResult;
  /** The user of the request's session; undefined without a session, or after a change of the password. */
  userOf(people: People, headers: IncomingHttpHeaders): string | undefined;
  logout(headers: IncomingHttpHeaders): void;
  /** The cookie that replaces the one of an ended session. */
  readonly gone: string;
}

/** `now`: monotonic milliseconds. */
export function createSessions(now: () => number, guessing: Guessing = createGuessing(now)): Sessions {
  const sessions = createLru<string, Session>(MAX_SESSIONS);
  /** Lookups use a digest, so that their duration does not reveal the token. */
  const idOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
  const isRight = (people: People, user: string, print: Buffer): boolean => {
    const found = people.find(user);
    // Unknown users cost the same.
    const same = timingSafeEqual(found?.print ?? NOBODY, print);
    return same && found !== undefined;
  };

  return {
    gone: cookieOf('', 0, false),
    login(people, user, password, address, secure) {
      const attempt = { address, user, credentials: `${user.length}:${user}:${password}` };
      if (!guessing.mayTry(attempt)) return { ok: false, late: undefined };
      const print = printOf(user, password);
      if (!isRight(people, user, print)) {
        const { delay, sent } = guessing.wrong(attempt);
        return { ok: false, late: delay, sent };
      }
      guessing.right(attempt);
      const token = randomBytes(32).toString('base64url');
      sessions.set(idOf(token), { user, print, since: now(), seen: now() });
      return { ok: true, user, cookie: cookieOf(token, LONGEST_MS / 1000, secure) };
    },
    userOf(people, headers) {
      const id = sessionId(headers, idOf);
      const session = id === undefined ? undefined : sessions.get(id);
      if (!session || id === undefined) return undefined;
      const { user, print, since, seen } = session;
      const over = now() - seen > IDLE_MS || now() - since > LONGEST_MS;
      if (over || !isRight(people, user, print)) {
        sessions.delete(id);
        return undefined;
      }
      session.seen = now();
      return user;
    },
    logout(headers) {
      const id = sessionId(headers, idOf);
      if (id !== undefined) sessions.delete(id);
    },
  };
}

function sessionId({ cookie = '' }: IncomingHttpHeaders, idOf: (token: string) => string): string | undefined {
  const token = new RegExp(`(?:^|;\\s*)${COOKIE}=([^;\\s]*)`).exec(cookie)?.[1] ?? '';
  return TOKEN.test(token) ? idOf(token) : undefined;
}

/** Browsers send lax cookies with links from other sites, and strict ones only from the console's own pages. */
const cookieOf = (token: string, seconds: number, secure: boolean): string =>
  `${COOKIE}=${token}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
