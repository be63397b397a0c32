// Reads multipart (RFC 7578) and URL-encoded forms piece by piece, and stops at the first limit that a form exceeds.

import { setImmediate } from 'node:timers/promises';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { environment, type Fault, isFault } from '../../../core/contract/problems.ts';
import { readUrlEncoded } from './url-encoded.ts';

/** Maximum entries of a form. */
export const MAX_PARTS = 50;
/** Bytes parsed at a time: between two pieces the event loop runs other work. */
const PIECE = 16 * 1024;
/** Maximum header lines of one entry, and their bytes. */
const MAX_HEAD_LINES = 32;
const MAX_HEAD = 8 * 1024;

export interface FormEntry {
  readonly name: string;
  /** According to the form: a file, or the text of a field. */
  readonly is: 'file' | 'text';
  readonly data: Buffer;
}

export interface FormLimits {
  /** Bytes of one text field; a longer one is cut. */
  readonly maxText: number;
}

/** The entries in the order of the form. Throws the fault `bad-form` when it is broken or has more than MAX_PARTS entries. */
export async function readForm(
  body: AsyncIterable<Buffer>,
  contentType: string,
  { maxText }: FormLimits,
): Promise<readonly FormEntry[]> {
  const entries: FormEntry[] = [];
  let failure: unknown;
  const fail = (cause: unknown): void => {
    failure ??= cause;
  };
  const form = openForm(contentType);
  // A truncated form emits several errors, some of them later.
  form.on('error', fail);
  form.on('partsLimit', () => {
    throw tooMany();
  });
  form.on('file', (name, file, fileName: string | undefined, _coding, type) => {
    // Small devices omit the file name.
    const isFile = fileName !== undefined || type === 'application/octet-stream' || type.startsWith('image/');
    const chunks: Buffer[] = [];
    let left = isFile ? Number.POSITIVE_INFINITY : maxText;
    file.on('error', fail);
    file.on('data', (chunk: Buffer) => {
      if (left > 0) chunks.push(chunk.subarray(0, left));
      left -= chunk.length;
    });
    file.on('end', () => {
      entries.push({ name: name ?? '', is: isFile ? 'file' : 'text', data: Buffer.concat(chunks) });
    });
  });
  const ended = new Promise<void>((resolve) => {
    for (const event of ['finish', 'error', 'close']) form.once(event, () => resolve());
  });
  const writePiece = (piece: Buffer): Promise<void> =>
    new Promise((resolve) => void form.write(piece, () => resolve()));
  try {
    for await (const chunk of body) {
      for (let at = 0; at < chunk.length && failure === undefined; at += PIECE) {
        await writePiece(chunk.subarray(at, at + PIECE));
        await setImmediate();
      }
      if (failure !== undefined) break;
    }
    if (failure === undefined) {
      form.end();
      await ended;
    }
  } catch (cause) {
    fail(cause);
  }
  if (failure !== undefined) throw isFault(failure) ? failure : broken(failure);
  return entries;
}

function openForm(contentType: string): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: { parts: MAX_PARTS, headerPairs: MAX_HEAD_LINES, headerSize: MAX_HEAD },
      // Every part arrives as bytes: joining and decoding megabytes of text in one go would block the event loop.
      isPartAFile: () => true,
    });
  } catch (cause) {
    throw broken(cause);
  }
}

/** The entries of a URL-encoded body. Throws like `readForm`. */
export async function readUrlEncodedForm(body: Buffer): Promise<readonly FormEntry[]> {
  const entries = await readUrlEncoded(body, MAX_PARTS);
  if (!entries) throw tooMany();
  return entries.map(({ name, value }) => ({ name, is: 'text', data: value }));
}

const broken = (cause: unknown): Fault => environment('bad-form', 'the form is broken', cause);
const tooMany = (): Fault => environment('bad-form', `the form has more than ${MAX_PARTS} parts`);
