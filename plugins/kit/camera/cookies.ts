// Stores the cookies that a camera sets for its own origin, in memory and within limits (RFC 6265, host-only).

/** Cookies per camera, and bytes of each. */
export const MAX_COOKIES = 32;
export const MAX_COOKIE_BYTES = 4096;

export interface CookieJar {
  /** The Set-Cookie headers of an answer from this URL. */
  keep(url: URL, setCookies: readonly string[]): void;
  /** The Cookie header for this URL; undefined when there is none. */
  header(url: URL): string | undefined;
}

interface Cookie {
  readonly origin: string;
  readonly path: string;
  readonly name: string;
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

export function createCookieJar(now: () => number = Date.now): CookieJar {
  const cookies = new Map<string, Cookie>();
  return {
    keep(url, setCookies) {
      for (const text of setCookies) {
        const cookie = text.length <= MAX_COOKIE_BYTES ? read(url, text, now()) : undefined;
        if (cookie === undefined) continue;
        const key = [cookie.origin, cookie.path, cookie.name].join(' ');
        cookies.delete(key);
        if (cookie.until > now()) cookies.set(key, cookie);
        const [oldest] = cookies.keys();
        if (cookies.size > MAX_COOKIES && oldest !== undefined) cookies.delete(oldest);
      }
    },
    header(url) {
      const fitting = [...cookies.values()].filter(
        ({ origin, path, until }) => origin === url.origin && until > now() && isWithin(url.pathname, path),
      );
      return fitting.length === 0 ? undefined : fitting.map(({ name, value }) => `${name}=${value}`).join('; ');
    },
  };
}

function read(url: URL, text: string, now: number): Cookie | undefined {
  const [pair = '', ...attributes] = text.split(';');
  const equals = pair.indexOf('=');
  const name = pair.slice(0, Math.max(equals, 0)).trim();
  if (name === '') return undefined;
  const given = new Map(
    attributes.map((attribute): [string, string] => {
      const [key = '', ...rest] = attribute.split('=');
      return [key.trim().toLowerCase(), rest.join('=').trim()];
    }),
  );
  const age = Number(given.get('max-age') ?? Number.NaN);
  const expires = Date.parse(given.get('expires') ?? '');
  // A camera with a wrong clock sends dates in the past: only a maximum age, or a date that means "delete", ends a cookie.
  const isDeleted = age <= 0 || (Number.isNaN(age) && expires < DELETED);
  const until = isDeleted ? 0 : Number.isNaN(age) ? Number.POSITIVE_INFINITY : now + age * 1000;
  const path = given.get('path');
  return {
    origin: url.origin,
    path: path?.startsWith('/') ? path : url.pathname.replace(/\/[^/]*$/, '') || '/',
    name,
    value: pair.slice(equals + 1).trim(),
    until,
  };
}

/** Dates before 1990 delete a cookie. */
const DELETED = Date.UTC(1990, 0);

const isWithin = (path: string, prefix: string): boolean =>
  path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
