// Messages for the next time that a browser loads the page, after a form was sent and answered with a redirect.

import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { createLru } from '../../kit/work/lru.ts';

/** Messages that wait; the oldest goes first. */
export const MAX_NOTES = 32;
const COOKIE = 'camd_note';

export interface Notes {
  /** The Set-Cookie header for the browser that is to see the message. */
  leave(message: string): string;
  /** The message for this browser, once. */
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
