// Writes a new file under a temporary name in as few calls to the disk as possible.

import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, unlink } from 'node:fs/promises';

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const FILE_MODE = 0o644;

/** Temporary names contain the writer's process id, which distinguishes leftovers of a dead process from work in progress. */
export const TEMPORARY = /^\.camd-(\d{1,10})-[0-9a-f]{16}\.tmp$/;
const OWN = randomBytes(4).toString('hex');
let count = 0;
/** Never returns a name twice within this process. */
export function temporaryName(): string {
  count = (count + 1) % 2 ** 32;
  return `.camd-${process.pid}-${OWN}${count.toString(16).padStart(8, '0')}.tmp`;
}

export interface WriteOptions {
  /** Becomes the file's mtime: milliseconds since the epoch. */
  readonly changed: number | undefined;
  /** Flushes the file to the disk. */
  readonly durable: boolean;
}

/**
 * Resolves when the file is written, and flushed if `durable`; `closed` settles when it is closed, which may go on while it gets its
 * name. A failure leaves no file behind.
 */
export async function writeFile(
  path: string,
  data: Buffer,
  { changed, durable }: WriteOptions,
): Promise<{ readonly closed: Promise<void> }> {
  const file = await open(path, NEW_FILE, FILE_MODE);
  try {
    for (let at = 0; at < data.length; ) at += (await file.write(data, at, data.length - at)).bytesWritten;
    if (changed !== undefined) await file.utimes(changed / 1000, changed / 1000);
    if (durable) await file.sync();
  } catch (cause) {
    await file.close().catch(() => {});
    await unlink(path).catch(() => {});
    throw cause;
  }
  const closed = file.close();
  closed.catch(() => {});
  return { closed };
}
