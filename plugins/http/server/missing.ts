// Turns a 404 into a page with links for those who look at it in a browser.

import type { IncomingHttpHeaders } from 'node:http';
import { isReader, type Link, MISSING_HEADERS, missingPage } from '../../kit/page/missing/index.ts';

export interface Answer {
  readonly statusCode: number;
  getHeader(name: string): unknown;
  headers(values: Readonly<Record<string, string>>): unknown;
}

/** The page instead of the JSON of a route; undefined: it stays as it is. `links` are those that this reader may see. */
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
    detail: saidIn(payload),
    intro: (words) => words.pages,
    links: links(),
  });
}

function saidIn(payload: string): string {
  try {
    const told: unknown = JSON.parse(payload);
    if (typeof told !== 'object' || told === null) return '';
    const said = 'error' in told ? told.error : 'message' in told ? told.message : '';
    return typeof said === 'string' ? said : '';
  } catch {
    return '';
  }
}
