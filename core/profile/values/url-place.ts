// Escapes an external value for its place in a URL, so that it cannot change the target of the URL. Pure.

import type { Part } from './template.ts';

/** Placeholder for other values of the URL. */
const ANY = 'x';

/**
 * In the user information, percent-encodes every character that ends it or has a meaning there; a var may contain "user:password".
 * In a query, after "name=", encodes those that would end the value. Elsewhere, and outside of URLs, the text is unchanged.
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
