// Reads a camera's newest stored picture back as a frame after a restart.

import type { Clock, Frame } from '../../../core/contract/plugin.ts';
import { isRefusal } from '../../kit/image/jpeg-header.ts';
import { recognise } from '../../kit/image/recognise.ts';
import type { Keeper } from './keeper.ts';
import type { Names } from './names.ts';

/** Undefined when there is none, or when the file is no picture any more. */
export async function restore(keeper: Keeper, names: Names, camera: string, clock: Clock): Promise<Frame | undefined> {
  const newest = keeper.catalogue.newest(camera);
  if (!newest) return undefined;
  const file = names.format(newest);
  const data = await keeper.restore(file).catch(() => undefined);
  const found = data && recognise(data);
  // After the clock was set back a name may lie ahead of its picture: the picture is never shown as younger than its file.
  const changed = (await keeper.files.stat(file).catch(() => undefined))?.changed ?? newest.time;
  const time = Math.min(newest.time, changed);
  if (!data || !found || isRefusal(found)) return undefined;
  return {
    camera,
    key: file,
    // Below every number that this process gives: the first new frame is newer.
    seq: 0,
    time,
    arrived: clock.monotonic() - Math.max(0, clock.now() - time),
    type: found.type,
    data,
    width: found.width,
    height: found.height,
    hasHeadroom: false,
    meta: { file },
  };
}
