// The token of a form: proves that the page which sends a change was given to the same user by this camd. Pure.

import { createHmac, timingSafeEqual } from 'node:crypto';

export interface FormTokens {
  /** For the user with these credentials, as the header Authorization has them. */
  of(authorization: string | undefined): string;
  /** Its duration says nothing about how close a guess was. */
  fits(authorization: string | undefined, given: string): boolean;
}

export function createFormTokens(key: Buffer): FormTokens {
  const digest = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const of = (authorization = ''): string => digest(`form ${authorization}`).toString('base64url');
  return { of, fits: (authorization, given) => timingSafeEqual(digest(of(authorization)), digest(given)) };
}
