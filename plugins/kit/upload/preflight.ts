// Checks whether a frame may be uploaded: whole, fresh and large enough. Pure.

import type { Frame } from '../../../core/contract/frame.ts';

export type RejectReason = 'stale' | 'truncated' | 'unchanged';

/** Minimum bytes of a picture of a camera. */
export const LEAST_PICTURE = 1000;

const PNG_END = Buffer.from([0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82]);

/** True if it starts and ends as its type requires: SOI and EOI (T.81 §B.2.1), or the PNG signature and IEND. */
export function isWhole({ data, type }: Frame, least: number): boolean {
  if (data.length < Math.max(least, 8)) return false;
  if (type === 'image/png') return data.readUInt32BE(0) === 0x89504e47 && data.subarray(-8).equals(PNG_END);
  return data.readUInt16BE(0) === 0xffd8 && data.readUInt16BE(data.length - 2) === 0xffd9;
}

export interface PreflightRules {
  /** Milliseconds since the frame's arrival. */
  readonly staleAfterMs: number;
  /** Bytes. */
  readonly least: number;
  readonly skipUnchanged: boolean;
}

/** undefined when the frame may be sent. `sent`: the frame that was accepted last. */
export function rejectReason(
  frame: Frame,
  sent: Frame | undefined,
  monotonic: number,
  rules: PreflightRules,
): RejectReason | undefined {
  if (monotonic - frame.arrived > rules.staleAfterMs) return 'stale';
  if (!isWhole(frame, rules.least)) return 'truncated';
  if (rules.skipUnchanged && sent && (sent === frame || sent.data.equals(frame.data))) return 'unchanged';
  return undefined;
}
