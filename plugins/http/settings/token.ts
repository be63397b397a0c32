// Form tokens: prove that this camd served the form to the user who sends it. Pure.

import { createHmac, timingSafeEqual } from 'node:crypto';

export interface FormTokens {
  /** The token for the user with these credentials, in the format of the header Authorization. */
  of(authorization: string | undefined): string;
  /** The duration of a check does not reveal how close a guess was. */
  fits(authorization: string | undefined, given: string): boolean;
}

export function createFormTokens(key: Buffer): FormTokens {
  const digest = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const of = (authorization = ''): string => digest(`form ${authorization}`).toString('base64url');
  return { of, fits: (authorization, given) => timingSafeEqual(digest(of(authorization)), digest(given)) };
}
