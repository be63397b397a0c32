// Reads a camera's newest stored picture back as a frame after a restart.

import { dirname, join } from 'node:path';
import type { Clock, Frame } from '../../../core/contract/plugin.ts';
import { isRefusal } from '../../kit/image/jpeg-header.ts';
import { recognise } from '../../kit/image/recognise.ts';
import type { Keeper } from './keeper.ts';
import type { Names } from './names.ts';

/** Undefined if there is none, or if the file is no longer a picture. */
export async function restore(keeper: Keeper, names: Names, camera: string, clock: Clock): Promise<Frame | undefined> {
  const newest = keeper.catalogue.newest(camera);
  return newest && readBack(keeper, names.format(newest), camera, newest.time, clock);
}

/** For the time while the folder is being read: returns the picture under the camera's latest name. */
export async function restoreLatest(
  keeper: Keeper,
  names: Names,
  camera: string,
  clock: Clock,
): Promise<Frame | undefined> {
  for (const type of ['image/jpeg', 'image/png'] as const) {
    const alias = names.latest(camera, type);
    if (alias === undefined) continue;
    const target = await keeper.files.target(alias).catch(() => undefined);
    const file = target === undefined ? alias : join(dirname(alias), target);
    const frame = await readBack(keeper, file, camera, clock.now(), clock);
    if (frame) return frame;
  }
  return undefined;
}

/** `named`: the time in the name. */
async function readBack(
  keeper: Keeper,
  file: string,
  camera: string,
  named: number,
  clock: Clock,
): Promise<Frame | undefined> {
  const data = await keeper.restore(file).catch(() => undefined);
  const found = data && recognise(data);
  // If the clock was set back, the time in a name may be too late: a picture is never shown as younger than its file.
  const changed = (await keeper.files.stat(file).catch(() => undefined))?.changed ?? named;
  const time = Math.min(named, changed);
  if (!data || !found || isRefusal(found)) return undefined;
  return {
    camera,
    key: file,
    // Below all numbers of this process: the first new frame is newer.
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
