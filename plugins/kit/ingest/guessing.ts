// Slows down password guessing: delays refusals more and more, by address and by user, and limits how many are pending.

import { createHash } from 'node:crypto';
import { createLru } from '../work/lru.ts';

/** Maximum addresses and users to remember. */
const MOST = 4096;
/** Failures after which refusals are delayed: people mistype. */
const FREE = 2;
const FIRST_MS = 100;
const LONGEST_MS = 5000;
/** Milliseconds without a failure after which earlier ones no longer count. */
const FORGET_MS = 15 * 60_000;
/** Maximum delayed refusals of one address or user; beyond it, further attempts are not checked. */
const MAX_WAITING = 8;
/** Maximum credentials of one address to remember as valid. */
const MAX_KNOWN = 64;

/** The client that tries: its address, and its user name if there is one. */
export interface Attempt {
  readonly address: string;
  readonly user: string | undefined;
  /** All credentials of the request. */
  readonly credentials: string;
}

export interface Guessing {
  /** False while too many refusals for this address or user are pending: these credentials must not be checked. */
  mayTry(attempt: Attempt): boolean;
  right(attempt: Attempt): void;
  /** The failures so far, and the milliseconds to wait before the refusal is sent; call `sent` then. */
  wrong(attempt: Attempt): { readonly failures: number; readonly delay: number; sent(): void };
}

interface Record {
  failures: number;
  waiting: number;
  last: number;
}

/** `now`: milliseconds on a clock that never jumps. */
export function createGuessing(now: () => number): Guessing {
  const records = createLru<string, Record>(MOST);
  const known = createLru<string, Set<string>>(MOST);
  const keysOf = ({ address, user }: Attempt): string[] => [
    `address ${address}`,
    ...(user === undefined ? [] : [`user ${user.slice(0, 256)}`]),
  ];
  const recordOf = (key: string): Record => {
    const found = records.get(key);
    if (found && (found.waiting > 0 || now() - found.last <= FORGET_MS)) return found;
    const fresh: Record = { failures: 0, waiting: 0, last: now() };
    records.set(key, fresh);
    return fresh;
  };
  const digest = (text: string): string => createHash('sha256').update(text).digest('base64');

  return {
    mayTry(attempt) {
      const full = keysOf(attempt).some((key) => (records.get(key)?.waiting ?? 0) >= MAX_WAITING);
      return !full || known.get(attempt.address)?.has(digest(attempt.credentials)) === true;
    },
    right(attempt) {
      const { address, credentials } = attempt;
      const own = known.get(address) ?? new Set<string>();
      const print = digest(credentials);
      if (own.size >= MAX_KNOWN && !own.has(print)) own.clear();
      own.add(print);
      known.set(address, own);
      for (const key of keysOf(attempt)) {
        const record = records.get(key);
        if (record) record.failures = 0;
      }
    },
    wrong(attempt) {
      const tried = keysOf(attempt).map(recordOf);
      for (const record of tried) {
        record.failures++;
        record.waiting++;
        record.last = now();
      }
      const failures = Math.max(...tried.map((record) => record.failures));
      const delay = failures <= FREE ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(16, failures - FREE - 1));
      let open = true;
      return {
        failures,
        delay,
        sent() {
          if (open) for (const record of tried) record.waiting--;
          open = false;
        },
      };
    },
  };
}
