// The cameras that were reported as offline, on the disk, so that a restart of camd neither repeats it nor forgets to report their return.

import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface OfflineRecord {
  /** Camera → since when, milliseconds since the epoch. Empty when there is no readable file. */
  read(): Promise<ReadonlyMap<string, number>>;
  write(offline: ReadonlyMap<string, number>): Promise<void>;
}

/** Bytes: a longer file is none of camd. */
const MAX_FILE = 4 * 1024 * 1024;

export function createOfflineRecord(folder: string, node: string): OfflineRecord {
  const path = join(folder, 'notify', `${encodeURIComponent(node)}.json`);
  return {
    async read() {
      const text = await readFile(path, 'utf8').catch(() => '');
      return text.length > MAX_FILE ? new Map() : readEntries(text);
    },
    async write(offline) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const temporary = `${path}.new`;
      const file = await open(temporary, 'w', 0o600);
      try {
        await file.writeFile(JSON.stringify({ offline: Object.fromEntries(offline) }));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    },
  };
}

function readEntries(text: string): Map<string, number> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('offline' in value)) return new Map();
    const { offline } = value;
    if (typeof offline !== 'object' || offline === null) return new Map();
    return new Map(Object.entries(offline).filter((entry): entry is [string, number] => Number.isFinite(entry[1])));
  } catch {
    // Cut short by a power failure: the cameras are reported anew.
    return new Map();
  }
}
