// Stores payloads that were acknowledged and refused in a folder, for troubleshooting; deletes the oldest beyond its limits.

import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log, Metrics } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import { asFault } from '../disk/fault.ts';

/** Maximum payloads that wait for the disk; further ones are counted and not kept. */
export const MAX_WAITING = 16;

export interface RejectsOptions {
  /** An absolute path; undefined: no payload is kept. */
  readonly folder: string | undefined;
  readonly maxFiles: number;
  readonly maxBytes: number;
  readonly log: Pick<Log, 'warn'>;
  readonly metrics: Pick<Metrics, 'count'>;
  /** Milliseconds since the epoch. */
  now(): number;
}

export interface Rejects {
  /** Resolves with the name of the written file, or with undefined when the payload is not kept. Never rejects. */
  keep(camera: string, payload: Buffer): Promise<string | undefined>;
}

/** Only files with such names count and are deleted, including partial files left by a crash. */
const OWN = /^\d{8}T\d{9}Z_\d{6}_[^/]+\.(?:jpg|png|bin)(?:\.part)?$/;

export function createRejects(options: RejectsOptions): Rejects {
  const { folder, maxFiles, maxBytes, log, metrics, now } = options;
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let number = 0;

  const makeRoom = async (path: string, bytes: number): Promise<void> => {
    const names = (await readdir(path)).filter((name) => OWN.test(name)).sort();
    const sizes = await Promise.all(names.map((name) => stat(join(path, name)).then(({ size }) => size)));
    let [count, total] = [names.length, sizes.reduce((sum, size) => sum + size, bytes)];
    for (const [at, name] of names.entries()) {
      if (count < maxFiles && total <= maxBytes && !name.endsWith('.part')) continue;
      await rm(join(path, name), { force: true });
      count--;
      total -= sizes[at] ?? 0;
    }
  };
  const write = async (path: string, camera: string, payload: Buffer): Promise<string> => {
    await mkdir(path, { recursive: true });
    await makeRoom(path, payload.length);
    const time = new Date(now()).toISOString().replaceAll(/[-:.]/g, '');
    number = (number + 1) % 1e6;
    const name = `${time}_${String(number).padStart(6, '0')}_${camera}.${extension(payload)}`;
    // This neither follows a link nor exposes a partial file.
    await writeFile(join(path, `${name}.part`), payload, { flag: 'wx' });
    await rename(join(path, `${name}.part`), join(path, name));
    return name;
  };
  return {
    async keep(camera, payload) {
      if (folder === undefined) return undefined;
      if (payload.length > maxBytes || waiting >= MAX_WAITING) {
        metrics.count('rejects_left_out_total');
        return undefined;
      }
      waiting++;
      const written = turn.then(() => write(folder, camera, payload));
      turn = written.catch(() => {});
      try {
        const name = await written;
        metrics.count('rejects_kept_total');
        return name;
      } catch (cause) {
        metrics.count('rejects_left_out_total');
        log.warn('a refused payload cannot be kept', { camera, why: sentence(asFault(cause, folder)) });
        return undefined;
      } finally {
        waiting--;
      }
    },
  };
}

function extension(payload: Buffer): string {
  if (payload[0] === 0xff && payload[1] === 0xd8) return 'jpg';
  return payload.toString('latin1', 0, 4) === '\x89PNG' ? 'png' : 'bin';
}
