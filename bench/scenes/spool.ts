// Measures the rate of store/spool; baseline: a bare append with fdatasync.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { allocate, type Frame, settle } from '../../core/contract/frame.ts';
import { openDisk } from '../../plugins/store/spool/disk.ts';
import { factsOf } from '../../plugins/store/spool/format.ts';
import { openSpool, type Spool } from '../../plugins/store/spool/spool.ts';
import { median, pairedRatio, type Row } from '../row.ts';

const PICTURE_BYTES = 60_000;
const CAMERAS = [1, 16, 64];
const FILE_BYTES = 64 * 2 ** 20;

export async function measure(quick: boolean): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const cameras of CAMERAS) rows.push(await rate(cameras, quick));
  return rows;
}

/** Frames per second, in alternating rounds. */
async function rate(cameras: number, quick: boolean): Promise<Row> {
  const groups = Math.max(20, Math.floor((quick ? 120 : 600) / cameras));
  const own: number[] = [];
  const floor: number[] = [];
  await inFolder(async (folder) => {
    const spool = await spoolIn(join(folder, 'spool'));
    const bare = await appending(join(folder, 'floor'));
    await spooled(spool, cameras, groups);
    for (let round = 0; round < (quick ? 15 : 31); round++) {
      floor.push(await bare.run(cameras, groups));
      own.push(await spooled(spool, cameras, groups));
    }
    await bare.close();
    await spool.close();
  });
  return {
    name: `spool, 60 KB, ${cameras} camera${cameras === 1 ? '' : 's'} that wait for the fsync`,
    value: median(own),
    unit: 'frames/s',
    limitName: 'append + fdatasync',
    limitValue: median(floor),
    ratio: pairedRatio(own, floor),
    required: { least: 0.6 },
  };
}

const pictureOf = (): Buffer => settle(allocate(PICTURE_BYTES).fill(7), PICTURE_BYTES);

interface Appending {
  /** Frames per second. */
  run(cameras: number, groups: number): Promise<number>;
  close(): Promise<void>;
}

/** The minimum cost of a durable append: one write and one fdatasync for each group, in files as large as segments. */
async function appending(path: string): Promise<Appending> {
  let file = await open(path, 'w');
  let end = 0;
  return {
    async run(cameras, groups) {
      const pictures = Array.from({ length: cameras }, pictureOf);
      const begin = performance.now();
      for (let group = 0; group < groups; group++) {
        if (end >= FILE_BYTES) {
          await file.close();
          rmSync(path);
          file = await open(path, 'w');
          end = 0;
        }
        end += (await file.writev(pictures, end)).bytesWritten;
        await file.datasync();
      }
      return (cameras * groups * 1000) / (performance.now() - begin);
    },
    close: () => file.close(),
  };
}

/** Each camera sends its next frame when the previous one is on disk; a consumer removes them in parallel. */
async function spooled(spool: Spool, cameras: number, groups: number): Promise<number> {
  const begin = performance.now();
  await Promise.all(
    Array.from({ length: cameras }, async (_, index) => {
      const camera = `camera-${index}`;
      const data = pictureOf();
      for (let seq = 0; seq < groups; seq++) {
        const frame: Frame = {
          ...{ camera, key: `${camera}-${seq}`, seq, time: 1000 + seq, arrived: 0, data, hasHeadroom: true },
          ...{ type: 'image/jpeg', width: 640, height: 480, meta: {} },
        };
        await spool.append(frame, factsOf(frame));
        const entry = spool.backlog.next((id) => id === camera);
        if (entry && (await spool.read(entry))) void spool.done(entry);
      }
    }),
  );
  return (cameras * groups * 1000) / (performance.now() - begin);
}

async function spoolIn(folder: string): Promise<Spool> {
  const fail = (what: unknown): never => {
    throw new Error(`the spool: ${JSON.stringify(what)}`);
  };
  const spool = await openSpool(
    {
      disk: await openDisk(folder),
      quarantine: await openDisk(join(folder, 'quarantine')),
      now: Date.now,
      events: { ready() {}, damaged: fail, trouble: (_what, cause) => fail(String(cause)) },
    },
    'oldest-first',
  );
  await spool.indexed();
  return spool;
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  mkdirSync('bench/out', { recursive: true });
  const folder = mkdtempSync('bench/out/spool-');
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
