// A client's credentials for one HTTP server: answers Basic and Digest challenges and remembers the nonce. Never logs.

import { randomBytes } from 'node:crypto';
import { type Challenge, parseChallenges } from './challenge.ts';
import { digestAuthorization, digestStrength } from './digest.ts';

export { redactUrl } from '../../../core/base/redact.ts';

/** `auto` takes the strongest that the server offers. */
export type AuthScheme = 'auto' | 'basic' | 'digest';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly scheme?: AuthScheme;
}

/** Credentials in use. One per server: the nonce belongs to it. */
export interface Authenticator {
  /** The Authorization header for a request, undefined while the server has not asked for one. `uri` is path and query. */
  authorize(method: string, uri: string): string | undefined;
  /**
   * A 401 has come with these WWW-Authenticate values. True when the same request is worth one more try: the server asked for
   * the first time, or its nonce had grown old.
   */
  challenged(header: string | undefined): boolean;
}

type State =
  | { readonly is: 'unasked' }
  | { readonly is: 'basic' }
  | { readonly is: 'digest'; readonly challenge: Challenge; readonly cnonce: string; count: number };

/** @param nonce random text, an argument for tests */
export function createAuthenticator(
  credentials: Credentials,
  nonce: () => string = () => randomBytes(16).toString('hex'),
): Authenticator {
  const { username, password, scheme = 'auto' } = credentials;
  const basic = `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
  let state: State = { is: 'unasked' };
  return {
    authorize(method, uri) {
      if (state.is === 'unasked') return undefined;
      if (state.is === 'basic') return basic;
      state.count++;
      const { challenge, cnonce, count } = state;
      return digestAuthorization(challenge, { username, password, method, uri, cnonce, count });
    },
    challenged(header) {
      const before = state;
      const offered = choose(parseChallenges(header ?? ''), scheme);
      if (offered === undefined) return false;
      if (offered.scheme === 'basic') {
        // A server that was given digests does not get the password itself because it, or someone between, now asks for it.
        if (before.is === 'digest') return false;
        state = { is: 'basic' };
        return before.is !== 'basic';
      }
      state = { is: 'digest', challenge: offered, cnonce: nonce(), count: 0 };
      // RFC 7616 §3.3: `stale` means that the answer was right for a nonce that has run out. Many cameras forget to say so
      // and simply send another nonce; after the first use of a nonce, a refusal means a wrong password.
      return before.is !== 'digest' || offered.parameters.stale?.toLowerCase() === 'true' || before.count > 1;
    },
  };
}

function choose(challenges: readonly Challenge[], scheme: AuthScheme): Challenge | undefined {
  const digests = challenges
    .filter((challenge) => scheme !== 'basic' && digestStrength(challenge) !== undefined)
    .sort((a, b) => (digestStrength(b) ?? 0) - (digestStrength(a) ?? 0));
  if (digests[0]) return digests[0];
  return scheme === 'digest' ? undefined : challenges.find((challenge) => challenge.scheme === 'basic');
}
