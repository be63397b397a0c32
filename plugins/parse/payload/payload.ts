// Extracts the picture from a message: raw bytes, base64, a data URL, or JSON with one of these under a key.

import { allocate, HEADROOM, settle } from '../../../core/contract/frame.ts';
import type { Refusal } from '../../kit/image/jpeg-header.ts';
import { SOI } from '../../kit/image/jpeg-markers.ts';
import { startsLikePng } from '../../kit/image/png.ts';
import { mistakeIn } from './mistakes.ts';

/** The encoded picture: the message itself, or a new buffer with headroom. */
export interface Unwrapped {
  readonly data: Buffer;
}

/** Limit of the JSON around a picture, in bytes. */
export const ENVELOPE = 64 * 1024;

/** The longest message that can hold a picture of `max` bytes. */
export const longestPayload = (max: number): number => Math.ceil(max / 3) * 4 + Math.ceil(max / 38) + ENVELOPE;

/** `keys` are tried in order; "a.b" reaches into objects. */
export function unwrap(payload: Buffer, keys: readonly string[]): Unwrapped | Refusal {
  if ((payload[0] === 0xff && payload[1] === SOI) || startsLikePng(payload)) return { data: payload };
  const mistake = mistakeIn(payload);
  if (mistake !== undefined) return { reason: mistake };
  const data = inUtf8(payload);
  const first = data.find((byte) => byte > 0x20);
  if (first === undefined) return { reason: 'empty' };
  // Text messages except JSON are ASCII; any other message fails as base64.
  if (FORM.test(data.toString('latin1', 0, MAX_FORM_KEY))) return fromForm(data.toString('latin1'), keys);
  if (first !== 0x7b && first !== QUOTE) return fromText(data.toString('latin1'));
  if (!isMostlyText(data)) return { reason: 'JSON with too much beside the picture' };
  let message: unknown;
  try {
    message = JSON.parse(data.toString('utf8'));
  } catch {
    return { reason: 'malformed JSON' };
  }
  if (typeof message === 'string') return fromText(message);
  for (const key of keys) {
    const value = valueAt(message, key);
    if (typeof value === 'string' && value !== '') return fromText(value);
  }
  return { reason: 'JSON without a picture under the configured keys' };
}

/**
 * True if all but ENVELOPE bytes of the JSON are inside strings, like those of a picture. Parsing megabytes of brackets and
 * numbers would block the event loop.
 */
function isMostlyText(data: Buffer): boolean {
  let beside = 0;
  for (let at = 0; beside <= ENVELOPE; ) {
    const opens = data.indexOf(QUOTE, at);
    beside += (opens === -1 ? data.length : opens) - at;
    if (opens === -1) break;
    let closes = data.indexOf(QUOTE, opens + 1);
    // Each escaped quote counts as well, because each is checked individually.
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

/** True after an odd number of backslashes. */
function isEscaped(data: Buffer, at: number): boolean {
  let backslashes = 0;
  while (data[at - 1 - backslashes] === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}

/** The beginning of application/x-www-form-urlencoded. Base64 has "=" at its end only. */
const FORM = /^\s*[A-Za-z][\w.-]*=(?=[A-Za-z0-9/+%])/;
const MAX_FORM_KEY = 128;

/** The fields of a form of hand-written clients: a "+" of base64 that was not escaped has become a space. */
function fromForm(text: string, keys: readonly string[]): Unwrapped | Refusal {
  const fields = new URLSearchParams(text.trim());
  for (const key of keys) {
    const value = fields.get(key);
    if (value)
      return fromText(/^data:/i.test(value) ? value.replace(/ (?!;|charset)/g, '+') : value.replaceAll(' ', '+'));
  }
  return { reason: 'a form without a picture under the configured keys' };
}

/** Converts the UTF-16 of Windows programs, detected by its byte order mark or its zero bytes; removes the mark of UTF-8. */
function inUtf8(data: Buffer): Buffer {
  if (data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf) return data.subarray(3);
  const little = (data[0] === 0xff && data[1] === 0xfe) || (data[0] !== 0 && data[1] === 0);
  const big = (data[0] === 0xfe && data[1] === 0xff) || (data[0] === 0 && data[1] !== 0);
  return little || big ? Buffer.from(new TextDecoder(little ? 'utf-16le' : 'utf-16be').decode(data)) : data;
}

function valueAt(message: unknown, path: string): unknown {
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
  const buffer = allocate(Math.ceil(encoded.length / 4) * 3);
  const length = buffer.write(encoded, HEADROOM, 'base64');
  return { data: settle(buffer, length) };
}
