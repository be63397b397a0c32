// Parses a request target into decoded segments and query, or rejects it where two parsers could disagree.

export interface CanonicalTarget {
  /** Decoded, absolute, without empty, "." or ".." segments; rules are compared with it. */
  readonly path: string;
  /** Decoded names and values in their order. */
  readonly query: readonly (readonly [string, string])[];
}

/** Maximum bytes of a target. */
export const MAX_TARGET = 8192;

/**
 * RFC 9112 §3.2.1 origin form only. Refused: encoded slashes, backslashes, NUL and other control characters, parameters
 * (";"), "." and ".." segments, empty segments, encoding that is invalid, not UTF-8, or double.
 */
export function canonicalTarget(target: string): CanonicalTarget | undefined {
  // A request line may contain only printable ASCII.
  if (target.length > MAX_TARGET || !/^\/[!-~]*$/.test(target) || target.includes('#')) return undefined;
  const mark = target.indexOf('?');
  const path = canonicalPath(mark < 0 ? target : target.slice(0, mark));
  const query = mark < 0 ? [] : decodeQuery(target.slice(mark + 1));
  return path === undefined || query === undefined ? undefined : { path, query };
}

/** The target to send upstream: every segment, name and value encoded anew. */
export function encodeTarget(target: CanonicalTarget): string {
  const path = target.path.split('/').map(encodeURIComponent).join('/');
  const pairs = target.query.map(([name, value]) => {
    const encoded = encodeURIComponent(name);
    return value === '' ? encoded : `${encoded}=${encodeURIComponent(value)}`;
  });
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

function canonicalPath(raw: string): string | undefined {
  if (/[\\;]|%2f|%5c|%3b/i.test(raw)) return undefined;
  const path = decode(raw);
  if (path === undefined || hasControl(path) || /%[0-9a-f]{2}/i.test(path)) return undefined;
  const segments = path.slice(1).split('/');
  const last = segments.length - 1;
  const odd = segments.some((segment, at) => segment === '.' || segment === '..' || (segment === '' && at < last));
  return odd ? undefined : path;
}

function decodeQuery(raw: string): CanonicalTarget['query'] | undefined {
  const query: [string, string][] = [];
  for (const pair of raw.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode((equals < 0 ? pair : pair.slice(0, equals)).replaceAll('+', ' '));
    const value = decode((equals < 0 ? '' : pair.slice(equals + 1)).replaceAll('+', ' '));
    if (name === undefined || value === undefined || hasControl(name) || hasControl(value)) return undefined;
    query.push([name, value]);
  }
  return query;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const hasControl = (text: string): boolean => /\p{Cc}/u.test(text);
