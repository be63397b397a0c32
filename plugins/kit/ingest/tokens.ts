// Verifies the tokens of cameras: stored beside the camera, or made from its id and a secret.

import type { Finding, Log, Verdict } from '../../../core/contract/plugin.ts';
import { misuse } from '../../../core/contract/problems.ts';
import { cameraToken, sameSecret } from './camera-token.ts';

/** Options that registries with tokens share. */
export interface TokenOptions {
  readonly token?: 'stored' | 'derived' | 'hmac';
  readonly secret?: string;
}

/** A registry's entry for one camera. */
export interface KnownCamera {
  readonly id: string;
  /** Only where tokens are stored. */
  readonly token?: string | undefined;
}

export interface Tokens {
  /** `known`: undefined for an unknown camera. Throws when the registry has no tokens. */
  verdict(known: KnownCamera | undefined, given: string): Verdict;
}

export function checkTokens({ token: form, secret }: TokenOptions): Finding[] {
  if ((form !== 'derived' && form !== 'hmac') || secret !== undefined) return [];
  const message = `token: "${form}" makes tokens from the id of a camera and a secret; add "secret".`;
  return [{ option: 'token', code: 'missing-option', message }];
}

/** Logs a warning for tokens that are weak by design. */
export function createTokens(id: string, { token: form, secret }: TokenOptions, log: Log): Tokens {
  if (form === 'derived') {
    log.warn(
      'tokens are plain SHA-256 of id and secret, which is weak; use "token: hmac" where all cameras can be given new ones',
    );
  }
  return {
    verdict(known, given) {
      if (form === undefined) throw misuse('no-tokens', `The registry ${id} has no tokens; set its option "token".`);
      // The check of an unknown camera takes as long as that of a known one.
      const expected = form === 'stored' ? known?.token : cameraToken(form, known?.id ?? '', secret ?? '');
      const same = sameSecret(expected ?? '', given);
      if (!known) return 'unknown';
      return same && expected !== undefined && expected !== '' ? 'ok' : 'wrong';
    },
  };
}
