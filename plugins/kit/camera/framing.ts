// Decides where the body of a camera's response ends, also when its headers are wrong. Pure.

import type { ResponseHead } from './head.ts';
import type { Oddity } from './oddities.ts';

export type Framing =
  | { readonly is: 'none' }
  /** The camera's own count, which may be wrong. */
  | { readonly is: 'length'; readonly bytes: number }
  | { readonly is: 'chunked' }
  /** Up to the end of the connection. */
  | { readonly is: 'close' };

const NONE: ReadonlySet<number> = new Set([204, 304]);

export function framingOf({ status, headers }: ResponseHead, method: string, odd: (oddity: Oddity) => void): Framing {
  if (method === 'HEAD' || NONE.has(status)) return { is: 'none' };
  const length = headers['content-length'];
  if (headers['transfer-encoding']?.toLowerCase().includes('chunked')) {
    // RFC 9112 §6.3: Transfer-Encoding overrides Content-Length.
    if (length !== undefined) odd('length_and_chunked');
    return { is: 'chunked' };
  }
  if (length === undefined) return { is: 'close' };
  const given = length.split(',').map((text) => text.trim());
  if (given.length > 1) odd('two_lengths');
  const bytes = given.every((text) => text === given[0]) ? lengthOf(given[0] ?? '') : undefined;
  if (bytes !== undefined) return { is: 'length', bytes };
  if (given.length === 1) odd('content_length');
  return { is: 'close' };
}

function lengthOf(text: string): number | undefined {
  const bytes = /^\+?\d{1,20}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
