// The record of a stopped unit: written to disk before the stop, so that the next start of camd starts the unit again.

import { open, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../../core/base/make-folder.ts';

export interface Suspended {
  /** Time of the stop in milliseconds since the epoch. */
  readonly since: number;
}

export interface StopRecord {
  read(): Promise<Suspended | undefined>;
  /** Durable when it resolves. */
  write(since: number): Promise<void>;
  remove(): Promise<void>;
}

/** Uses one file per unit in `folder`. */
export function createStopRecord(folder: string, unit: string): StopRecord {
  const path = join(folder, 'suspended', `${encodeURIComponent(unit)}.json`);
  return {
    async read() {
      try {
        const value: unknown = JSON.parse(await readFile(path, 'utf8'));
        const since = typeof value === 'object' && value !== null && 'since' in value ? Number(value.since) : 0;
        return { since: Number.isFinite(since) ? since : 0 };
      } catch (thrown) {
        if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
        // A file that a power failure has truncated still means that the unit was stopped.
        if (thrown instanceof SyntaxError) return { since: 0 };
        throw thrown;
      }
    },
    async write(since) {
      await makeFolder(dirname(path), 0o700);
      const file = await open(path, 'w', 0o600);
      try {
        await file.writeFile(JSON.stringify({ unit, since }));
        await file.sync();
      } finally {
        await file.close();
      }
      await syncFolder(dirname(path));
    },
    async remove() {
      await rm(path, { force: true });
      await syncFolder(dirname(path)).catch(() => {});
    },
  };
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
