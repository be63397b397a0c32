// Reads application/x-www-form-urlencoded bodies (URL standard §5.1) as bytes.

import { setImmediate } from 'node:timers/promises';

export interface UrlEncodedEntry {
  readonly name: string;
  readonly value: Buffer;
}

const AMPERSAND = 0x26;
const EQUALS = 0x3d;
const PERCENT = 0x25;
/** Maximum bytes of a name; a body with a longer one is probably not a form. */
const MAX_NAME = 128;

/** True for a body that begins like a form: programs send pictures and base64 under this type as well. */
export function looksUrlEncoded(body: Buffer): boolean {
  return /^[A-Za-z0-9_.%[\]-]{1,128}=[^=]/.test(body.toString('latin1', 0, MAX_NAME + 2));
}

/** undefined when it has more than `most` entries, empty ones included. */
export async function readUrlEncoded(body: Buffer, most: number): Promise<readonly UrlEncodedEntry[] | undefined> {
  const entries: UrlEncodedEntry[] = [];
  let count = 0;
  for (let at = 0; at < body.length; ) {
    if (++count > most) return undefined;
    const found = body.indexOf(AMPERSAND, at);
    const end = found === -1 ? body.length : found;
    if (end > at) {
      const equals = body.subarray(at, end).indexOf(EQUALS);
      const middle = equals === -1 ? end : at + equals;
      const name = (await decode(body.subarray(at, Math.min(middle, at + MAX_NAME)))).toString('utf8');
      entries.push({ name, value: await decode(body.subarray(Math.min(end, middle + 1), end)) });
    }
    at = end + 1;
  }
  return entries;
}

/** The value of each hexadecimal digit by its code, -1 for all others. */
const DIGITS = Int8Array.from({ length: 256 }, (_, code) => {
  const digit = String.fromCharCode(code);
  return /[0-9a-f]/i.test(digit) ? Number.parseInt(digit, 16) : -1;
});

/** Bytes decoded in one turn of the event loop. */
const PIECE = 512 * 1024;

/** Decodes "%41" to "A". Keeps "+", and "%" without two digits: small devices send base64 without escaping it. */
async function decode(text: Buffer): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(text.length);
  let length = 0;
  for (let at = 0; at < text.length; ) {
    if (at > 0) await setImmediate();
    for (const end = Math.min(text.length, at + PIECE); at < end; at++) {
      let byte = text[at] ?? 0;
      if (byte === PERCENT && at + 2 < text.length) {
        const high = DIGITS[text[at + 1] ?? 0] ?? -1;
        const low = DIGITS[text[at + 2] ?? 0] ?? -1;
        if (high >= 0 && low >= 0) {
          byte = high * 16 + low;
          at += 2;
        }
      }
      bytes[length++] = byte;
    }
  }
  return bytes.subarray(0, length);
}
