// Keeps damaged parts of a spool for whoever wants to look at them, within bounds, and names each once.

import { type Disk, writeWhole } from './disk.ts';
import type { Read } from './walk.ts';

/** Files in the folder; what is damaged beyond them is named and counted, and not kept. */
export const MAX_FILES = 64;
/** Bytes of one damaged part that are kept: its beginning. */
export const MAX_PART = 16 * 2 ** 20;

export interface Quarantine {
  /** Resolves with the name of the file; undefined when there is none. */
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
