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
  /**
   * The Authorization header for a request, undefined while the server has not asked for one; `basic` does not wait to be asked.
   * `uri` is path and query.
   */
  authorize(method: string, uri: string): string | undefined;
  /**
   * A 401 has come with these WWW-Authenticate values. True when the same request is worth one more try: the server asked for
   * the first time, its nonce had grown old, or it does not say what it wants.
   */
  challenged(header: string | undefined): boolean;
  /** A 400 or 403 has come. True when a new challenge may help: the nonce had been used before, and some recorders take each once. */
  denied(): boolean;
  /** Credentials have been sent since the last challenge that could not be answered. */
  readonly wasSent: boolean;
}

type State =
  | { readonly is: 'unasked' }
  | { readonly is: 'basic' }
  | { readonly is: 'digest'; readonly challenge: Challenge; readonly cnonce: string; count: number };

/** Reused nonces that may be refused before each nonce is used once: refusals count as failed logins at some cameras. */
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
  /** The server has once asked for a digest: it does not get the password itself afterwards. */
  let knowsDigest = false;
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
        // A camera that refuses without asking wants the password unasked.
        const isMute = (header ?? '').trim() === '' && before.is === 'unasked' && !knowsDigest;
        if (!isMute || scheme === 'digest' || wasSent) return false;
        state = { is: 'basic' };
        return true;
      }
      if (offered.scheme === 'basic') {
        // A server that was given digests does not get the password itself because it, or someone between, now asks for it.
        if (knowsDigest) return false;
        state = { is: 'basic' };
        return before.is !== 'basic';
      }
      knowsDigest = true;
      state = { is: 'digest', challenge: offered, cnonce: nonce(), count: 0 };
      if (before.is !== 'digest') return true;
      // RFC 7616 §3.3: `stale` means that the answer was right for a nonce that has run out. Many cameras forget to say so
      // and simply send another nonce; after the first use of a nonce, a refusal means a wrong password.
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
