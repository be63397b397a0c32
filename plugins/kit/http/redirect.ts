// Checks HTTP redirects: credentials never leave their origin, and a request never leaves its host or TLS.

import { redactUrl } from '../../../core/base/redact.ts';
import { environment } from '../../../core/contract/problems.ts';

export const MAX_REDIRECTS = 5;

export const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

/**
 * The URL of `location`, without user information. Another port or scheme of the same host is another origin: the caller must not
 * send credentials there. @throws Fault `bad-redirect` for another host, and for a redirect from https to http
 */
export function redirected(from: URL, location: string): URL {
  let to: URL;
  try {
    to = new URL(location, from);
  } catch {
    throw environment('bad-redirect', `${redactUrl(from)} redirects to an invalid URL.`);
  }
  const tlsKept = to.protocol === from.protocol || (from.protocol === 'http:' && to.protocol === 'https:');
  if (to.hostname !== from.hostname || !tlsKept) {
    throw environment(
      'bad-redirect',
      `${redactUrl(from)} redirects to ${redactUrl(to)}, which is another host or not encrypted; if that is correct, set this URL in the profile.`,
    );
  }
  to.username = '';
  to.password = '';
  return to;
}
