// Detects captures that a page of another site asks for, by GET too. Pure.

import type { IncomingHttpHeaders } from 'node:http';
import { isForeign } from '../../kit/http/origin.ts';

const OWN: ReadonlySet<string> = new Set(['same-origin', 'none']);

/** Browsers say where a request comes from; programs say nothing (Fetch Metadata, Sec-Fetch-Site). */
export function isFromElsewhere(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (typeof site === 'string' && !OWN.has(site)) return true;
  return isForeign(headers, new Set());
}
