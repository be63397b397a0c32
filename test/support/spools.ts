// Spools on a disk in memory: frames to append, and the frames and damage that are found.

import type { Frame } from '../../core/contract/frame.ts';
import { factsOf } from '../../plugins/store/spool/format.ts';
import { openSpool, type Spool } from '../../plugins/store/spool/spool.ts';
import { type Files, type MemoryDisk, memoryDisk } from './memory-disk.ts';
import { until } from './until.ts';

export interface Damage {
  readonly segment: string;
  readonly offset: number;
  readonly bytes: number;
}

/** A frame whose bytes contain its camera and number. */
export function numbered(camera: string, number: number, bytes = 40): Frame {
  const data = Buffer.alloc(bytes, number % 251);
  data.write(`${camera} ${number} `);
  return {
    ...{ camera, key: `${camera}-${number}`, seq: number, time: 1000 + number, arrived: 0, data },
    ...{ type: 'image/jpeg', width: 4, height: 3, hasHeadroom: false, meta: { number } },
  };
}

export const put = (spool: Spool, frame: Frame): Promise<void> => spool.append(frame, factsOf(frame));

export async function openMemory(
  disk: MemoryDisk,
  order: 'oldest-first' | 'newest-first' = 'oldest-first',
): Promise<{ spool: Spool; damage: Damage[]; quarantine: MemoryDisk; troubles: unknown[] }> {
  const damage: Damage[] = [];
  const troubles: unknown[] = [];
  const quarantine = memoryDisk();
  let time = 1;
  const events = {
    ready() {},
    damaged: (part: Damage) => void damage.push(part),
    trouble: (_what: string, cause: unknown) => void troubles.push(cause),
  };
  const spool = await openSpool({ disk, quarantine, now: () => time++, events }, order);
  return { spool, damage, quarantine, troubles };
}

/** Reads and acknowledges all frames, in the order of the cameras' entries; returns the keys in order. */
export async function drain(spool: Spool, most = Number.POSITIVE_INFINITY): Promise<string[]> {
  const keys: string[] = [];
  await spool.indexed();
  while (spool.count > 0 && keys.length < most) {
    const entry = spool.backlog.next(() => true);
    if (!entry) {
      // Further frames are indexed once there is capacity.
      await until(() => spool.count === 0 || spool.backlog.count > 0, 'an entry');
      continue;
    }
    const read = await spool.read(entry);
    if (!read) continue;
    if (!read.data.toString('latin1').startsWith(`${read.facts.camera} ${String(read.facts.meta.number)} `)) {
      throw new Error(`${read.facts.key} has the wrong bytes`);
    }
    keys.push(read.facts.key);
    await spool.done(entry);
  }
  return keys;
}

/** The keys and the damage that a start finds in these files. */
export async function keysIn(files: Files): Promise<{ keys: string[]; damage: Damage[]; quarantine: MemoryDisk }> {
  const { spool, damage, quarantine } = await openMemory(memoryDisk({ files }));
  const keys = await drain(spool);
  await spool.close();
  return { keys, damage, quarantine };
}
