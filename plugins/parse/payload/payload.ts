// Extracts the picture from a message: raw bytes, base64, a data URL, or JSON with one of these under a key.

import { allocate, HEADROOM, settle } from '../../../core/contract/frame.ts';
import type { Refusal } from '../../kit/image/jpeg-header.ts';
import { SOI } from '../../kit/image/jpeg-markers.ts';
import { startsLikePng } from '../../kit/image/png.ts';

/** The encoded picture, in a hasHeadroom buffer. */
export interface Unwrapped {
  readonly data: Buffer;
}

/** Bytes of JSON around a picture that are allowed beside it. */
export const ENVELOPE = 64 * 1024;

/** The longest message that can hold a picture of `max` bytes. */
export const longestPayload = (max: number): number => Math.ceil(max / 3) * 4 + Math.ceil(max / 38) + ENVELOPE;

/** `keys` are tried in order; "a.b" reaches into objects. `data` must lie in a hasHeadroom buffer. */
export function unwrap(data: Buffer, keys: readonly string[]): Unwrapped | Refusal {
  if ((data[0] === 0xff && data[1] === SOI) || startsLikePng(data)) return { data };
  const first = data.find((byte) => byte > 0x20);
  if (first === undefined) return { reason: 'empty' };
  // Messages of text are ASCII but for JSON; what is neither fails as base64.
  if (first !== 0x7b) return fromText(data.toString('latin1'));
  if (!isMostlyText(data)) return { reason: 'JSON with too much beside the picture' };
  let message: unknown;
  try {
    message = JSON.parse(data.toString('utf8'));
  } catch {
    return { reason: 'malformed JSON' };
  }
  for (const key of keys) {
    const value = reach(message, key);
    if (typeof value === 'string' && value !== '') return fromText(value);
  }
  return { reason: 'JSON without a picture under the configured keys' };
}

/**
 * True when all but ENVELOPE bytes of the JSON lie inside strings, as those of a picture do. Parsing megabytes of brackets and
 * numbers would hold up everything else.
 */
function isMostlyText(data: Buffer): boolean {
  let beside = 0;
  for (let at = 0; beside <= ENVELOPE; ) {
    const opens = data.indexOf(QUOTE, at);
    beside += (opens === -1 ? data.length : opens) - at;
    if (opens === -1) break;
    let closes = data.indexOf(QUOTE, opens + 1);
    // Each escaped quote counts as well: it is looked at one by one.
    for (; closes !== -1 && isEscaped(data, closes) && beside <= ENVELOPE; beside++) {
      closes = data.indexOf(QUOTE, closes + 1);
    }
    if (closes === -1) break;
    beside += 2;
    at = closes + 1;
  }
  return beside <= ENVELOPE;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** An odd number of backslashes stands before it. */
function isEscaped(data: Buffer, at: number): boolean {
  let backslashes = 0;
  while (data[at - 1 - backslashes] === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}

function reach(message: unknown, path: string): unknown {
  if (isObject(message) && Object.hasOwn(message, path)) return message[path];
  return path
    .split('.')
    .reduce<unknown>((value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined), message);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** A data URL (RFC 2397) or bare base64 (RFC 4648 §4 or §5), line breaks allowed. */
function fromText(text: string): Unwrapped | Refusal {
  let encoded = text.trim();
  if (/^data:/i.test(encoded)) {
    const comma = encoded.indexOf(',');
    if (comma === -1 || !/;base64$/i.test(encoded.slice(0, comma).trimEnd()))
      return { reason: 'data URL without base64' };
    encoded = encoded.slice(comma + 1);
  }
  if (/\s/.test(encoded)) encoded = encoded.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(encoded)) return { reason: 'neither picture, base64, data URL nor JSON' };
  const hasHeadroom = allocate(Math.ceil(encoded.length / 4) * 3);
  const length = hasHeadroom.write(encoded, HEADROOM, 'base64');
  return { data: settle(hasHeadroom, length) };
}
