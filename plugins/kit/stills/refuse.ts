// The short response when there is no picture; it reveals no internals.

import type { HttpReply } from '../../../core/contract/http.ts';

/** Seconds after which a client may try again. */
const RETRY = '2';

/** JSON with the status and one sentence; 503 and 504 have a Retry-After header. */
export function refuse(reply: HttpReply, status: 400 | 404 | 503 | 504, message: string): HttpReply {
  if (status >= 500) reply.header('retry-after', RETRY);
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(`${JSON.stringify({ status, error: message })}\n`);
}

/** For a camera that the user may not see: the same text as for an unknown one. */
export const NOT_YOURS = 'there is no camera with this name';
