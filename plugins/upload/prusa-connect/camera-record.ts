// Stores the camera information that Prusa Connect has received on disk, so that a restart does not send it again.

import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface RegisteredCamera {
  /** The body of the last accepted `PUT /c/info`. */
  readonly info: string;
  /** The name from the profile at that time. */
  readonly given: string;
  /** The name in Prusa Connect's response. */
  readonly name: string;
  /** Milliseconds between two pictures, as set in Prusa Connect; 0 if not set. */
  readonly everyMs: number;
}

export interface CameraRecord {
  /** Undefined if there is no readable record. */
  read(): Promise<RegisteredCamera | undefined>;
  write(registered: RegisteredCamera): Promise<void>;
}

/** Uses one file per token in `folder`. */
export function createCameraRecord(folder: string, token: string, fingerprint: string): CameraRecord {
  const id = createHash('sha256')
    .update(JSON.stringify([token, fingerprint]))
    .digest('hex')
    .slice(0, 32);
  const path = join(folder, 'prusa-connect', `${id}.json`);
  return {
    async read() {
      try {
        const { info, given, name, everyMs } = JSON.parse(await readFile(path, 'utf8')) as Partial<
          Record<keyof RegisteredCamera, unknown>
        >;
        if (typeof info !== 'string' || typeof given !== 'string' || typeof name !== 'string') return undefined;
        return { info, given, name, everyMs: typeof everyMs === 'number' ? everyMs : 0 };
      } catch {
        // Unreadable or truncated: the camera information is sent once more.
        return undefined;
      }
    },
    async write(registered) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFile(`${path}.new`, JSON.stringify(registered), { mode: 0o600 });
      await rename(`${path}.new`, path);
    },
  };
}

/** A new name of the profile is sent to Prusa Connect; afterwards the name that was set there stays. */
export const nameFor = (given: string, registered: RegisteredCamera | undefined): string =>
  registered?.given === given ? registered.name : given;
