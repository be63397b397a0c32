// Logs requests with wrong credentials with their address, and delays their answers more each time.

import { type Attempt, createGuessing } from '../../kit/ingest/guessing.ts';
import type { Access, Refusal } from './gate.ts';
import type { Setting } from './setting.ts';

export interface FailedLogins {
  /** The gate's refusal, or one for a client that must wait. */
  check(access: Access, address: string): Verdict | undefined;
}

export interface Verdict {
  readonly refusal: Refusal;
  /** Milliseconds before the answer may be sent. */
  readonly late: number;
  /** The caller calls it when the answer has been sent or the client has left. */
  sent(): void;
}

/** Seconds after which a client that guesses may retry. */
const RETRY = '5';

export function createFailedLogins(setting: () => Setting, now: () => number): FailedLogins {
  const guessing = createGuessing(now);
  return {
    check(access, address) {
      const { gate, authenticated, metrics, log } = setting();
      const attempt =
        authenticated && !gate.proven(access) ? attemptOf(access.headers.authorization, address) : undefined;
      if (attempt && !guessing.mayTry(attempt)) {
        const headers = { 'Retry-After': RETRY };
        return {
          refusal: { status: 429, message: 'too many wrong passwords; try again later', headers },
          late: 0,
          sent,
        };
      }
      const refusal = gate(access);
      if (!refusal) {
        // Credentials at a public path were not compared.
        if (attempt && gate.proven(access)) guessing.right(attempt);
        return undefined;
      }
      metrics.count('refused_total');
      if (refusal.logMessage) log.warn(refusal.logMessage, { address, ...logFields(access), why: refusal.message });
      if (refusal.status !== 401 || !attempt) return { refusal, late: 0, sent };
      const { failures, delay, sent: done } = guessing.wrong(attempt);
      const { user } = attempt;
      log.warn('a request was refused: wrong password or token', { address, user, failures, why: `from ${address}` });
      return { refusal, late: delay, sent: done };
    },
  };
}

const sent = (): void => {};

/** Any client can write these headers: they are truncated for the log. */
function logFields({ headers, path }: Access): Record<string, string | undefined> {
  const cut = (text: string | undefined): string | undefined => text?.slice(0, 200);
  return { origin: cut(headers.origin), host: cut(headers.host), path: cut(path) };
}

function attemptOf(authorization: string | undefined, address: string): Attempt | undefined {
  const match = /^(basic|bearer) +(\S+)\s*$/i.exec(authorization ?? '');
  if (!match?.[1] || !match[2]) return undefined;
  if (match[1].toLowerCase() === 'bearer') return { address, user: undefined, credentials: match[2] };
  const text = Buffer.from(match[2], 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return { address, user: colon < 0 ? text : text.slice(0, colon), credentials: match[2] };
}
