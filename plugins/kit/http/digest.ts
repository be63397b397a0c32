// HTTP Digest responses (RFC 7616, and RFC 2069 for cameras that offer no qop). Pure.

import { createHash } from 'node:crypto';
import type { Challenge } from './challenge.ts';

export interface DigestRequest {
  readonly username: string;
  readonly password: string;
  readonly method: string;
  /** Path and query, exactly as in the request line. */
  readonly uri: string;
  readonly cnonce: string;
  /** Requests made with this nonce, this one included. */
  readonly count: number;
  /** For `auth-int`, which covers the body; empty by default. */
  readonly body?: Buffer | string;
}

const HASHES: Readonly<Record<string, string>> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' };

/** Higher is stronger; undefined when the challenge requires an unknown hash or quality of protection. */
export function digestStrength(challenge: Challenge): number | undefined {
  const { hash, qop } = terms(challenge);
  if (challenge.scheme !== 'digest' || hash === undefined || qop === undefined) return undefined;
  if (challenge.parameters.nonce === undefined) return undefined;
  return hash === 'md5' ? 1 : 2;
}

/** The value of the Authorization header for a challenge that `digestStrength` accepts. */
export function digestAuthorization(challenge: Challenge, request: DigestRequest): string {
  const { hash = 'md5', qop = '', session } = terms(challenge);
  const { realm = '', nonce = '', opaque, algorithm, userhash } = challenge.parameters;
  const { username, password, method, uri, cnonce, body = '' } = request;
  const digest = (...parts: string[]) => createHash(hash).update(parts.join(':'), 'utf8').digest('hex');
  const count = request.count.toString(16).padStart(8, '0');

  const secret = digest(username, realm, password);
  const first = session ? digest(secret, nonce, cnonce) : secret;
  const covered = qop === 'auth-int' ? [createHash(hash).update(body).digest('hex')] : [];
  const second = digest(method, uri, ...covered);
  const response = qop === '' ? digest(first, nonce, second) : digest(first, nonce, count, cnonce, qop, second);

  const hashed = userhash?.toLowerCase() === 'true';
  const fields = [
    userField(hashed ? digest(username, realm) : username),
    `realm="${quoted(realm)}"`,
    `nonce="${quoted(nonce)}"`,
    `uri="${quoted(uri)}"`,
    `response="${response}"`,
  ];
  if (algorithm !== undefined) fields.push(`algorithm=${algorithm}`);
  if (opaque !== undefined) fields.push(`opaque="${quoted(opaque)}"`);
  if (qop !== '') fields.push(`qop=${qop}`, `nc=${count}`);
  if (qop !== '' || session) fields.push(`cnonce="${cnonce}"`);
  if (hashed) fields.push('userhash=true');
  return `Digest ${fields.join(', ')}`;
}

/** Empty: no qop, as in RFC 2069. */
type Qop = 'auth' | 'auth-int' | '';

function terms(challenge: Challenge): { hash: string | undefined; qop: Qop | undefined; session: boolean } {
  const algorithm = (challenge.parameters.algorithm ?? 'MD5').toUpperCase();
  const session = algorithm.endsWith('-SESS');
  const words = challenge.parameters.qop?.split(',').map((word) => word.trim().toLowerCase()) ?? [];
  const offered = words.filter((word) => word !== '');
  return {
    hash: HASHES[session ? algorithm.slice(0, -'-SESS'.length) : algorithm],
    qop: offered.length === 0 ? '' : (['auth', 'auth-int'] as const).find((known) => offered.includes(known)),
    session,
  };
}

/** RFC 7616 §3.4: a name with characters outside of ASCII is sent in the extended notation of RFC 8187. */
function userField(name: string): string {
  const plain = [...name].every((letter) => letter >= ' ' && letter <= '~');
  if (plain) return `username="${quoted(name)}"`;
  const escaped = encodeURIComponent(name).replace(/['()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
  return `username*=UTF-8''${escaped}`;
}

const quoted = (text: string): string => text.replace(/["\\]/g, '\\$&');
