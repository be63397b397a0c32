// The advice of `camd validate` about the memory that ffmpeg needs. Pure.

import type { Finding } from '../../../core/contract/plugin.ts';

/** With less free memory, a few cameras fill a small machine. Bytes. */
const ENOUGH = 512 * 1024 * 1024;

/** @param free bytes that are available to programs */
export function memoryAdvice(free: number): Finding[] {
  if (free >= ENOUGH) return [];
  const mebibytes = Math.round(free / (1024 * 1024));
  const message =
    `Each ffmpeg needs 80 to 100 MB of memory, and ${mebibytes} MiB are free on this machine; ` +
    '"mode: on_demand" runs it only while a client watches.';
  return [{ option: 'url', code: 'advice', severity: 'warning', message }];
}
