// Stores the cameras that were reported as offline, so that a restart neither repeats a report nor omits that a camera is back.

import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface OfflineRecord {
  /** Camera → offline since, milliseconds since the epoch. Empty when there is no readable file. */
  read(): Promise<ReadonlyMap<string, number>>;
  write(offline: ReadonlyMap<string, number>): Promise<void>;
}

/** Maximum bytes of the file; camd never writes a longer one. */
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
    // Truncated by a power failure: the cameras are reported again.
    return new Map();
  }
}
