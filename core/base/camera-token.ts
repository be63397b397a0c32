// Tokens of cameras, made from the camera's id and one secret, and compared in constant time.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** `derived` is what the camera server of 2023 uses: plain SHA-256, open to length extension. `hmac` is HMAC-SHA256 (RFC 2104). */
export type TokenForm = 'derived' | 'hmac';

/** Lower-case hex. `derived`: of the id and the secret, both UTF-8, one after the other. `hmac`: of the id, under the secret. */
export function cameraToken(form: TokenForm, id: string, secret: string): string {
  const hash = form === 'hmac' ? createHmac('sha256', secret) : createHash('sha256');
  hash.update(id, 'utf8');
  if (form === 'derived') hash.update(secret, 'utf8');
  return hash.digest('hex');
}

/** The time that it takes says nothing of where the two differ, nor of how long either is. */
export function sameSecret(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(digest(one), digest(other));
}
