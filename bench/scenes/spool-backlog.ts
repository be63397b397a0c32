// Measures the cost of a backlog of 100,000 frames in a spool: the start of camd, and its memory.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Frame } from '../../core/contract/frame.ts';
import { openDisk } from '../../plugins/store/spool/disk.ts';
import { factsOf } from '../../plugins/store/spool/format.ts';
import { openSpool } from '../../plugins/store/spool/spool.ts';
import { startCamd } from '../camd.ts';
import { resident } from '../resources.ts';
import { median, pairedRatio, type Row } from '../row.ts';

const FRAMES = 100_000;
/** Small pictures, because the number of frames matters, not their bytes. */
const PICTURE_BYTES = 1000;
/** Number of frames that are appended at the same time. */
const GROUP = 256;
const SETTLE_MS = 5000;

export async function measure(quick: boolean): Promise<readonly Row[]> {
  mkdirSync('bench/out', { recursive: true });
  const folder = resolve(mkdtempSync('bench/out/backlog-'));
  try {
    await fill(join(folder, 'full'));
    const full: { ms: number; mb: number }[] = [];
    const empty: { ms: number; mb: number }[] = [];
    for (let round = 0; round < (quick ? 3 : 9); round++) {
      rmSync(join(folder, 'empty'), { recursive: true, force: true });
      empty.push(await started(join(folder, 'empty')));
      full.push(await started(join(folder, 'full')));
    }
    const [ms, limitMs] = [full.map((sample) => sample.ms), empty.map((sample) => sample.ms)];
    const [mb, limitMb] = [full.map((sample) => sample.mb), empty.map((sample) => sample.mb)];
    const limitName = 'with an empty spool';
    return [
      {
        ...{ name: 'start with 100,000 frames in a spool', value: median(ms), unit: 'ms' },
        ...{ limitName, limitValue: median(limitMs), ratio: pairedRatio(ms, limitMs), required: { most: 2 } },
      },
      {
        ...{ name: 'memory with 100,000 frames in a spool', value: median(mb), unit: 'MB' },
        ...{ limitName, limitValue: median(limitMb), ratio: pairedRatio(mb, limitMb), required: { most: 1.5 } },
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Fills a spool with sixteen cameras in turn. */
async function fill(path: string): Promise<void> {
  const events = { ready() {}, damaged() {}, trouble() {} };
  const disk = await openDisk(path);
  const quarantine = await openDisk(join(path, 'quarantine'));
  const spool = await openSpool({ disk, quarantine, now: Date.now, events }, 'oldest-first');
  spool.maxBytes = 2 ** 30;
  const data = Buffer.alloc(PICTURE_BYTES, 7);
  for (let seq = 0; seq < FRAMES; seq += GROUP) {
    await Promise.all(
      Array.from({ length: Math.min(GROUP, FRAMES - seq) }, (_, index) => {
        const camera = `camera-${index % 16}`;
        const frame: Frame = {
          ...{ camera, key: `${camera}-${seq + index}`, seq: seq + index, time: 1, arrived: 0, data },
          ...{ type: 'image/jpeg', width: 64, height: 48, meta: {}, hasHeadroom: false },
        };
        return spool.append(frame, factsOf(frame));
      }),
    );
  }
  await spool.close();
}

/** Time until camd is ready, and its memory after it has scanned the spool. No server listens at the API's address. */
async function started(path: string): Promise<{ ms: number; mb: number }> {
  const began = performance.now();
  const camd = await startCamd(`camd: 1
pipeline:
  web: { use: http/server, listen: '127.0.0.1:0' }
  posted: { use: source/http, on: web, path: '/{camera}', token: correct-horse-battery }
  spool: { use: store/spool, from: posted, path: '${path}', max_frames: 1000000 }
  api: { use: upload/http, from: spool, url: 'http://127.0.0.1:9/{camera}', send: every }
`);
  const ms = performance.now() - began;
  await new Promise((done) => setTimeout(done, SETTLE_MS));
  const mb = resident(camd.pid);
  await camd.stop();
  return { ms, mb };
}
