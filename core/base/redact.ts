// Masks everything in a URL that could be a credential, so that the URL can be shown. Pure.

import { splitZone } from './zone.ts';

const SECRET_PARAMETER =
  /^(?:user(?:name)?|usr|login|pass(?:w(?:or)?d)?|pwd|.*(?:token|secret|signature|credential|password|auth|api_?key)|key|sig|code)$/i;
const HIDDEN = '***';

/**
 * The URL without its password, without the values of query parameters with credential-like names (many cameras take
 * `?user=…&password=…`), and without a bot token in the path. Text that is not a URL gives "(no URL)".
 */
export function redactUrl(url: string | URL): string {
  let parsed: URL;
  try {
    parsed = new URL(typeof url === 'string' ? splitZone(url).url : url);
  } catch {
    return '(no URL)';
  }
  const user = parsed.username !== '' || parsed.password !== '' ? `${HIDDEN}@` : '';
  const path = parsed.pathname.replace(/\/bot\d+:[^/]+/, `/bot${HIDDEN}`);
  const query = parsed.search
    .slice(1)
    .split('&')
    .map((pair) => {
      const name = pair.split('=', 1)[0] ?? '';
      return pair.length > name.length && isSecretParameter(name) ? `${name}=${HIDDEN}` : pair;
    })
    .join('&');
  return `${parsed.protocol}//${user}${parsed.host}${path}${query === '' ? '' : `?${query}`}`;
}

/** True if a query parameter's name suggests a credential. */
export const isSecretParameter = (name: string): boolean => SECRET_PARAMETER.test(decoded(name));

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Position of the user information of URLs in a text, without the "@"; also for a URL that is invalid because of it. */
export function userInfoIn(text: string): { readonly start: number; readonly end: number }[] {
  return [...text.matchAll(/[a-z][a-z0-9+.-]*:\/\/([^\s"'<>]*)/gi)].flatMap((match) => {
    const word = match[1] ?? '';
    const authority = /^[^/?#]*/.exec(word)?.[0] ?? '';
    // "http://user:pass/word@host" is not a valid URL: everything up to the last "@" may be the password.
    const end = (URL.canParse(match[0]) ? authority : word).lastIndexOf('@');
    const start = match.index + match[0].length - word.length;
    return end < 0 ? [] : [{ start, end: start + end }];
  });
}

/**
 * True if a secret can be masked anywhere in other text. Masking a short one, or a plain word, would also mask harmless words and thereby
 * reveal it; it is masked only at its own place.
 */
export function isSearchable(secret: string): boolean {
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/].filter((kind) => kind.test(secret)).length;
  return secret.length >= LONG || (secret.length >= SHORT && kinds > 1);
}

/** Characters: shorter secrets are never searched for, longer ones always. */
const SHORT = 4;
const LONG = 12;
