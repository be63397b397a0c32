// Reading files of a profile from disk: plain files only, never more than asked for.

import { open } from 'node:fs/promises';

/** `readFile` of a ReadEnvironment. Checks the size before it reads, and does not wait on a pipe. */
export async function readFromDisk(path: string, limit: number): Promise<string> {
  const file = await open(path, 'r');
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error('it is not a plain file');
    if (stat.size > limit) throw new Error(`it is larger than ${limit} bytes`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
