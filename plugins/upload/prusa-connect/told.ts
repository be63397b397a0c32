// What Prusa Connect was told of a camera and what it calls it, on disk, so that a restart does not tell it again.

import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface Told {
  /** The body of the last `PUT /c/info` that was accepted. */
  readonly info: string;
  /** The name that the profile gave then. */
  readonly given: string;
  /** The name by which Prusa Connect has answered. */
  readonly name: string;
  /** Milliseconds between two pictures, as it is set there; 0 when it is not. */
  readonly everyMs: number;
}

export interface ToldRecord {
  /** Undefined when nothing readable is there. */
  read(): Promise<Told | undefined>;
  write(told: Told): Promise<void>;
}

/** One file for each token, in `folder`. */
export function createToldRecord(folder: string, token: string, fingerprint: string): ToldRecord {
  const id = createHash('sha256')
    .update(JSON.stringify([token, fingerprint]))
    .digest('hex')
    .slice(0, 32);
  const path = join(folder, 'prusa-connect', `${id}.json`);
  return {
    async read() {
      try {
        const { info, given, name, everyMs } = JSON.parse(await readFile(path, 'utf8')) as Partial<
          Record<keyof Told, unknown>
        >;
        if (typeof info !== 'string' || typeof given !== 'string' || typeof name !== 'string') return undefined;
        return { info, given, name, everyMs: typeof everyMs === 'number' ? everyMs : 0 };
      } catch {
        // Unreadable or cut short: Prusa Connect is told once more.
        return undefined;
      }
    },
    async write(told) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFile(`${path}.new`, JSON.stringify(told), { mode: 0o600 });
      await rename(`${path}.new`, path);
    },
  };
}

/** A name of the profile goes to Prusa Connect when it is new; afterwards the one that was set there stays. */
export const nameFor = (given: string, told: Told | undefined): string => (told?.given === given ? told.name : given);
