// Turns a 404 into a page with links for browsers.

import type { IncomingHttpHeaders } from 'node:http';
import { isReader, type Link, MISSING_HEADERS, missingPage } from '../../kit/page/missing/index.ts';

export interface Answer {
  readonly statusCode: number;
  getHeader(name: string): unknown;
  headers(values: Readonly<Record<string, string>>): unknown;
}

/** The page that replaces the JSON of a route; undefined to keep the JSON. `links` contains only links that this user may open. */
export function missingInstead(
  headers: IncomingHttpHeaders,
  reply: Answer,
  payload: unknown,
  links: () => readonly Link[],
): string | undefined {
  if (reply.statusCode !== 404 || typeof payload !== 'string' || !isReader(headers)) return undefined;
  if (!String(reply.getHeader('content-type')).startsWith('application/json')) return undefined;
  reply.headers({ ...MISSING_HEADERS, 'content-type': 'text/html; charset=utf-8' });
  return missingPage(headers, {
    headline: (words) => words.nothing,
    detail: messageOf(payload),
    intro: (words) => words.pages,
    links: links(),
  });
}

function messageOf(payload: string): string {
  try {
    const body: unknown = JSON.parse(payload);
    if (typeof body !== 'object' || body === null) return '';
    const message = 'error' in body ? body.error : 'message' in body ? body.message : '';
    return typeof message === 'string' ? message : '';
  } catch {
    return '';
  }
}
