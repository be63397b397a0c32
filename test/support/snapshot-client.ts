// Runs the Python client of the Snapshot Server and parses its output.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PROGRAM = fileURLToPath(new URL('snapshot_client.py', import.meta.url));

export interface ClientPicture {
  readonly status: number;
  readonly whole: boolean;
  readonly software?: string;
  /** The values in the picture's comment. */
  readonly imu?: Readonly<Record<string, number>> | null;
}

export interface ClientAnswer {
  readonly status: number;
  readonly body: unknown;
  /** The text that the client would show for a refusal. */
  readonly shown?: string | null;
  readonly pictures?: readonly ClientPicture[];
}

/** One answer for each name; without names, the answer of /api/cameras. Debian's Python has piexif as a package. */
export async function snapshotClient(
  origin: string,
  names: readonly string[] = [],
  patienceSeconds = 45,
): Promise<ClientAnswer[]> {
  const args = names.length === 0 ? ['cameras', origin] : ['take', origin, `--patience=${patienceSeconds}`, ...names];
  const { stdout } = await promisify(execFile)('/usr/bin/python3', [PROGRAM, ...args]);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ClientAnswer);
}
