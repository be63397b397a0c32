// Finds the next marker in entropy-coded JPEG data.

import { isEntropy } from './jpeg-markers.ts';
import { createScan } from './scan.ts';

const scan = createScan();

/** Bytes in this buffer are scanned without a copy, so stream readers may read into it. Its content must never be kept. */
export const SCAN_BUFFER: Buffer = scan?.home ?? Buffer.allocUnsafeSlow(256 * 1024);

/**
 * Position of the FF of the next marker from `at` on, or -1. Stuffed zeros and restart markers are skipped (T.81 §B.1.1.5).
 * An FF at the very end counts as a marker, because the byte after it is unknown.
 */
export function findMarker(data: Buffer, at: number): number {
  const last = data.length - 1;
  if (at > last) return -1;
  const found = scan ? scan.find(data, at, last) : search(data, at, last);
  return found < last || data[last] === 0xff ? found : -1;
}

/** The same without WebAssembly: a native search for each FF. */
export function search(data: Buffer, at: number, end: number): number {
  let found = data.indexOf(0xff, at);
  while (found !== -1 && found < end && isEntropy(data[found + 1] ?? 1)) found = data.indexOf(0xff, found + 2);
  return found === -1 || found > end ? end : found;
}
