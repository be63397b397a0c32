// Reads the files of a profile from disk: regular files only, up to a size limit.

import { close, constants, fstat, open, read } from 'node:fs';
import { promisify } from 'node:util';

/** Not node:fs/promises, whose further imports would delay every start. */
const file = { open: promisify(open), stat: promisify(fstat), read: promisify(read), close: promisify(close) };

/** The `readFile` of a ReadEnvironment. Rejects pipes and devices instead of waiting for them. */
export async function readFromDisk(path: string, limit: number): Promise<string> {
  const opened = await file.open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await file.stat(opened)).isFile()) throw new Error('it is not a regular file');
    // Files under /proc report size 0, so the limit applies to the bytes read, not to stat.
    const buffer = Buffer.alloc(Math.min(limit + 1, 64 * 1024));
    const parts: Buffer[] = [];
    let size = 0;
    for (;;) {
      const { bytesRead } = await file.read(opened, buffer, 0, buffer.length, null);
      if (bytesRead === 0) return textOf(Buffer.concat(parts, size));
      size += bytesRead;
      if (size > limit) throw new Error(`it is larger than ${limit} bytes`);
      parts.push(Buffer.from(buffer.subarray(0, bytesRead)));
    }
  } finally {
    await file.close(opened);
  }
}

/** Accepts only UTF-8: other encodings would silently turn letters into question marks. */
export function textOf(bytes: Buffer): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new Error('it is UTF-16; save it as UTF-8');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const text = bytes.toString('utf8');
    const line = text.slice(0, text.indexOf('\uFFFD')).split('\n').length;
    throw new Error(`line ${line} is not UTF-8; save the file as UTF-8`);
  }
}
