// Reads a certificate and its key from disk, at start and after each change.

import { type FSWatcher, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createSecureContext } from 'node:tls';
import { environment, sentence } from '../../../core/contract/problems.ts';

export interface Pair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Reads both files and checks that they match. Throws a Fault that names the file. */
export async function readPair(certFile: string, keyFile: string): Promise<Pair> {
  const [cert, key] = await Promise.all([read('cert', certFile), read('key', keyFile)]);
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw environment('bad-certificate', `${certFile} and ${keyFile} do not match: ${sentence(cause)}`, cause);
  }
  return { cert, key };
}

async function read(option: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw environment('unreadable-certificate', `tls.${option}: ${file} cannot be read: ${sentence(cause)}`, cause);
  }
}

/** Milliseconds without a change before the files are read: renewal tools write the two one after the other. */
const SETTLE = 500;

/**
 * Calls `onChange` after a change in the folders of the two files. It watches folders because a renewal replaces a file or a link,
 * and a watch on the file itself would stay on the old one.
 */
export function watchPair(certFile: string, keyFile: string, onChange: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(onChange, SETTLE);
  };
  const watchers: FSWatcher[] = [...new Set([dirname(certFile), dirname(keyFile)])].map((folder) => {
    const watcher = watch(folder, { persistent: false }, later);
    watcher.on('error', () => watcher.close());
    return watcher;
  });
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
