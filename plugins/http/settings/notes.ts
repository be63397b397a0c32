// Stores the outcome of a form until the browser follows the redirect to the page.

import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { createLru } from '../../kit/work/lru.ts';

/** Most stored messages; a new one replaces the oldest. */
export const MAX_NOTES = 32;
const COOKIE = 'camd_note';

export interface Notes {
  /** Stores a message and returns the Set-Cookie header for its browser. */
  leave(message: string): string;
  /** Returns the message for this browser once. */
  take(headers: IncomingHttpHeaders): string | undefined;
}

export function createNotes(): Notes {
  const waiting = createLru<string, string>(MAX_NOTES);
  return {
    leave(message) {
      const id = randomBytes(12).toString('base64url');
      waiting.set(id, message);
      return `${COOKIE}=${id}; Path=/; Max-Age=60; HttpOnly; SameSite=Strict`;
    },
    take({ cookie = '' }) {
      const [, id = ''] = new RegExp(`(?:^|;\\s*)${COOKIE}=([\\w-]+)`).exec(cookie) ?? [];
      const message = waiting.get(id);
      waiting.delete(id);
      return message;
    },
  };
}
