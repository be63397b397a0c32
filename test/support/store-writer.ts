// A separate process that stores pictures as fast as possible and reports each one, made to be killed.

import { createHash, randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { systemClock } from '../../core/base/clock.ts';
import { createTimeFormat } from '../../plugins/kit/time/time-format.ts';
import { zone } from '../../plugins/kit/time/zone.ts';
import { openKeeper } from '../../plugins/store/disk/keeper.ts';
import { createNames } from '../../plugins/store/disk/names.ts';

/** Random bytes followed by their SHA-256, so that a torn file is detected. */
export function sealed(length: number): Buffer {
  const body = randomBytes(length);
  return Buffer.concat([body, digest(body)]);
}

export const isWhole = (data: Buffer): boolean =>
  data.length > 32 && digest(data.subarray(0, -32)).equals(data.subarray(-32));

const digest = (data: Buffer): Buffer => createHash('sha256').update(data).digest();

export const openWriter = (path: string) =>
  openKeeper({
    path,
    names: createNames({
      name: '{camera}/{time}.{ext}',
      latest: '{camera}.{ext}',
      camera: undefined,
      time: createTimeFormat('%Y%m%dT%H%M%S.%fZ', zone('UTC')),
    }),
    latest: 'file',
    durable: true,
    maxFiles: 1_000_000,
    minFree: 0,
    stampFiles: false,
    now: systemClock.now,
    monotonic: systemClock.monotonic,
  });

const folder = process.env.STORE_WRITER_FOLDER;
if (folder !== undefined) {
  const keeper = await openWriter(folder);
  await keeper.index(new AbortController().signal);
  const write = async (camera: string): Promise<void> => {
    for (let seq = 1; ; seq++) {
      const data = sealed(2000 + (seq % 50) * 2000);
      const kept = await keeper.put({
        camera,
        key: String(seq),
        seq,
        time: Date.now(),
        arrived: 0,
        type: 'image/jpeg',
        data,
        width: 1,
        height: 1,
        hasHeadroom: false,
        meta: {},
      });
      // Synchronously, because a printed line counts as an acknowledgement to the sender.
      writeSync(1, `${kept.id} ${digest(data).toString('hex')}\n`);
    }
  };
  await Promise.all(['a', 'b', 'c'].map(write));
}
