// Escapes a value that comes from outside for its place in a URL, so that it cannot change where the URL leads. Pure.

import type { Part } from './template.ts';

/** Stands for a value in the URL around another one. */
const ANY = 'x';

/**
 * In the user information every character that ends it or has a meaning there is percent-encoded; a var may hold "user:password".
 * In a query, behind "name=", those that would end the value. Elsewhere, and outside of URLs, the text stays as it is.
 */
export function escapeForUrl(parts: readonly Part[], index: number, text: string): string {
  const around = (some: readonly Part[]): string => some.map((part) => (part.is === 'text' ? part.text : ANY)).join('');
  const before = around(parts.slice(0, index));
  const after = around(parts.slice(index + 1));
  if (/^\s*[a-z][a-z0-9+.-]*:\/\/[^/?#]*$/i.test(before) && /^[^/?#]*@/.test(after)) {
    const escaped = encodeURIComponent(text);
    return parts[index]?.is === 'var' ? escaped.replaceAll('%3A', ':') : escaped;
  }
  const isQueryValue = /^\s*[a-z][a-z0-9+.-]*:\/\/[^?#]*\?(?:[^#]*&)?[^#&=]*=$/i.test(before);
  return isQueryValue ? text.replaceAll(/[&#+\s]/g, encodeURIComponent) : text;
}
