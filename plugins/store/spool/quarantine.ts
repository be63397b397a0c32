// Keeps copies of a spool's damaged parts for inspection, up to a limit.

import { type Disk, writeWhole } from './disk.ts';
import type { Read } from './walk.ts';

/** Limit of files in the folder; further damaged parts are reported and counted, and not kept. */
export const MAX_FILES = 64;
/** Bytes that are kept of the beginning of a damaged part. */
export const MAX_PART = 16 * 2 ** 20;

export interface Quarantine {
  /** Resolves with the name of the file; undefined if the part is not kept. */
  keep(segment: number, read: Read, offset: number, length: number): Promise<string | undefined>;
}

export function createQuarantine(disk: Disk): Quarantine {
  return {
    async keep(segment, read, offset, length) {
      const names = await disk.names();
      const name = `${String(segment).padStart(12, '0')}-${offset}.bin`;
      if (names.includes(name)) return name;
      if (names.length >= MAX_FILES) return undefined;
      await writeWhole(disk, name, [await read(offset, Math.min(length, MAX_PART))]);
      await disk.syncFolder();
      return name;
    },
  };
}
