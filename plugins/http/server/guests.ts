// Requests with wrong credentials: logged with the address, and answered ever later.

import { type Attempt, createGuessing } from '../../kit/ingest/guessing.ts';
import type { Asked, Refusal } from './gate.ts';
import type { Setting } from './setting.ts';

export interface Guests {
  /** What the gate says, or that this client must wait; `late`: milliseconds before the answer may be sent. */
  check(asked: Asked, address: string): Verdict | undefined;
}

export interface Verdict {
  readonly refusal: Refusal;
  readonly late: number;
  /** The answer has been sent, or nobody waits for it any more. */
  sent(): void;
}

/** Seconds after which a client that guesses may try again. */
const RETRY = '5';

export function createGuests(setting: () => Setting, now: () => number): Guests {
  const guessing = createGuessing(now);
  return {
    check(asked, address) {
      const { gate, authenticated, metrics, log } = setting();
      const attempt =
        authenticated && !gate.proven(asked) ? attemptOf(asked.headers.authorization, address) : undefined;
      if (attempt && !guessing.mayTry(attempt)) {
        const headers = { 'Retry-After': RETRY };
        return {
          refusal: { status: 429, message: 'too many wrong passwords; try again later', headers },
          late: 0,
          sent,
        };
      }
      const refusal = gate(asked);
      if (!refusal) {
        // Nobody has compared what came to a public path.
        if (attempt && gate.proven(asked)) guessing.right(attempt);
        return undefined;
      }
      metrics.count('refused_total');
      if (refusal.told) log.warn(refusal.told, { address, ...tellable(asked), why: refusal.message });
      if (refusal.status !== 401 || !attempt) return { refusal, late: 0, sent };
      const { failures, delay, sent: done } = guessing.wrong(attempt);
      const { user } = attempt;
      log.warn('a request was refused: wrong password or token', { address, user, failures, why: `from ${address}` });
      return { refusal, late: delay, sent: done };
    },
  };
}

const sent = (): void => {};

/** Strangers write these headers: they are cut before they come into the log. */
function tellable({ headers, path }: Asked): Record<string, string | undefined> {
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
