// Writes an answer that was prepared before; handles conditional requests and HEAD.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReadyAnswer } from '../../../core/contract/http.ts';

/** Writes head and body at once. `heads`: headers to send instead of those of `answer`. */
export function writeReady(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  response: ServerResponse,
  answer: ReadyAnswer,
  heads: Pick<ReadyAnswer, 'full' | 'unchanged'> = answer,
): void {
  const ifNoneMatch = headers['if-none-match'];
  const same = ifNoneMatch !== undefined && matches(ifNoneMatch, answer.etag);
  // Node's types require a mutable array, but Node does not change it.
  response.writeHead(same ? 304 : 200, (same ? heads.unchanged : heads.full) as string[]);
  if (same || method === 'HEAD') response.end();
  else response.end(answer.body);
}

/** If-None-Match against a strong tag, by weak comparison (RFC 9110 §13.1.2). */
export function matches(header: string, etag: string): boolean {
  if (header === etag || header === '*') return true;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
