// Writes an answer that is there already: conditional requests, HEAD.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReadyAnswer } from '../../../core/contract/http.ts';

/** At once and whole, as far as the socket takes it. `heads`: the headers with others beside them. */
export function writeReady(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  response: ServerResponse,
  answer: ReadyAnswer,
  heads: Pick<ReadyAnswer, 'full' | 'unchanged'> = answer,
): void {
  const asked = headers['if-none-match'];
  const same = asked !== undefined && matches(asked, answer.etag);
  // Node's types want an array that it may change; it does not.
  response.writeHead(same ? 304 : 200, (same ? heads.unchanged : heads.full) as string[]);
  if (same || method === 'HEAD') response.end();
  else response.end(answer.body);
}

/** If-None-Match against a strong tag, by weak comparison (RFC 9110 §13.1.2). */
export function matches(header: string, etag: string): boolean {
  if (header === etag || header === '*') return true;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
