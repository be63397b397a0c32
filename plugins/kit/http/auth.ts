// A client's credentials for one HTTP server: answers Basic and Digest challenges and reuses the nonce. Never logs.

import { randomBytes } from 'node:crypto';
import { type Challenge, parseChallenges } from './challenge.ts';
import { digestAuthorization, digestStrength } from './digest.ts';

export { redactUrl } from '../../../core/base/redact.ts';

/** `auto` uses the strongest scheme that the server offers. */
export type AuthScheme = 'auto' | 'basic' | 'digest';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly scheme?: AuthScheme;
}

/** Authorizes requests to one server. The nonce belongs to that server, so each server needs its own. */
export interface Authenticator {
  /**
   * The Authorization header for a request. Undefined before the server's first challenge, unless the scheme is `basic`.
   * `uri` is path and query.
   */
  authorize(method: string, uri: string): string | undefined;
  /**
   * Handles a 401 with these WWW-Authenticate values. True when the request should be sent once more: after the first challenge,
   * after an expired nonce, or when the server names no scheme.
   */
  challenged(header: string | undefined): boolean;
  /** Handles a 400 or 403. True when a new challenge may help: the nonce was reused, and some recorders accept each only once. */
  denied(): boolean;
  /** True once credentials have been sent. */
  readonly wasSent: boolean;
}

type State =
  | { readonly is: 'unasked' }
  | { readonly is: 'basic' }
  | { readonly is: 'digest'; readonly challenge: Challenge; readonly cnonce: string; count: number };

/** After this many refusals of a reused nonce, each nonce is used once: some cameras count refusals as failed logins. */
const MAX_REUSE_REFUSED = 2;

/** @param nonce random text, an argument for tests */
export function createAuthenticator(
  credentials: Credentials,
  nonce: () => string = () => randomBytes(16).toString('hex'),
): Authenticator {
  const { username, password, scheme = 'auto' } = credentials;
  const basic = `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
  let state: State = scheme === 'basic' ? { is: 'basic' } : { is: 'unasked' };
  let wasSent = false;
  /** True once the server has asked for a digest: it never gets the plain password afterwards. */
  let sawDigest = false;
  let reuseRefused = 0;

  return {
    get wasSent() {
      return wasSent;
    },
    authorize(method, uri) {
      if (state.is === 'digest' && state.count > 0 && reuseRefused >= MAX_REUSE_REFUSED) state = { is: 'unasked' };
      if (state.is === 'unasked') return undefined;
      wasSent = true;
      if (state.is === 'basic') return basic;
      state.count++;
      const { challenge, cnonce, count } = state;
      return digestAuthorization(challenge, { username, password, method, uri, cnonce, count });
    },
    challenged(header) {
      const before = state;
      const offered = choose(parseChallenges(header ?? ''), scheme);
      if (offered === undefined) {
        // Cameras that send a 401 without a challenge expect the password in the first request.
        const namesNoScheme = (header ?? '').trim() === '' && before.is === 'unasked' && !sawDigest;
        if (!namesNoScheme || scheme === 'digest' || wasSent) return false;
        state = { is: 'basic' };
        return true;
      }
      if (offered.scheme === 'basic') {
        // After a digest the plain password is never sent, even if the server, or an attacker in between, asks for it.
        if (sawDigest) return false;
        state = { is: 'basic' };
        return before.is !== 'basic';
      }
      sawDigest = true;
      state = { is: 'digest', challenge: offered, cnonce: nonce(), count: 0 };
      if (before.is !== 'digest') return true;
      // RFC 7616 §3.3: `stale` means that the response was correct for an expired nonce. Many cameras omit it and only send
      // another nonce. A refusal at the first use of a nonce means a wrong password.
      if (before.count > 1) reuseRefused++;
      return offered.parameters.stale?.toLowerCase() === 'true' || before.count > 1;
    },
    denied() {
      if (state.is !== 'digest' || state.count < 2) return false;
      reuseRefused++;
      state = { is: 'unasked' };
      return true;
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
