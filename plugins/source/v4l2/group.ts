// Pictures of several cameras at one moment: all streams open first, then the pictures whose capture times are nearest.

import type { Milliseconds } from '../../../core/base/units.ts';
import { environment, isFault, type Release } from '../../../core/contract/plugin.ts';
import type { Camera } from './camera.ts';
import { NO_BANDWIDTH } from './failure.ts';
import { createPairing, type PairedSet } from './pairing.ts';
import type { Shot } from './shot.ts';

export interface GroupOptions {
  /** By default half of the interval between two pictures. */
  readonly maxSkew: Milliseconds | undefined;
  /** Sets to compare before the capture fails. */
  readonly attempts: number;
}

export interface GroupPicture {
  readonly shot: Shot;
  /** Milliseconds between the first and the last picture of the set; undefined when the others failed. */
  readonly skew: number | undefined;
  /** A note for the user on how the pictures were taken. */
  readonly remark: string | undefined;
}

export type GroupResult = ReadonlyMap<string, GroupPicture | Error>;

const DEFAULT_FPS = 30;
const ONE_BY_ONE =
  'Taken one after the other: the USB bus has no bandwidth for all of these cameras at once (smaller pictures, MJPG or another bus help).';

/** One result for each camera, by its id. */
export async function captureGroup(
  cameras: readonly Camera[],
  options: GroupOptions,
  signal: AbortSignal,
): Promise<GroupResult> {
  try {
    return await together(cameras, options, signal);
  } catch (cause) {
    signal.throwIfAborted();
    if (!isFault(cause) || cause.code !== NO_BANDWIDTH) throw cause;
    return oneByOne(cameras, signal);
  }
}

async function together(cameras: readonly Camera[], options: GroupOptions, signal: AbortSignal): Promise<GroupResult> {
  const fps = Math.max(...cameras.map(({ spec }) => spec.fps ?? DEFAULT_FPS));
  const maxSkew = options.maxSkew ?? 500 / fps;
  const newest = new Map<string, Shot>();
  const faults = new Map<string, Error>();
  const releases: Release[] = [];
  let pairing: ReturnType<typeof createPairing<Shot>> | undefined;
  const set = await new Promise<PairedSet<Shot> | undefined>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    releases.push(() => signal.removeEventListener('abort', onAbort));
    if (signal.aborted) return onAbort();
    cameras.forEach((camera, index) => {
      const { id } = camera.spec;
      const release = camera.watch({
        onShot(shot) {
          newest.set(id, shot);
          if (newest.size < cameras.length) {
            // All cameras without a picture have failed.
            if (newest.size + faults.size >= cameras.length) resolve(undefined);
            return;
          }
          // Pictures from before all streams were open are not used.
          pairing ??= createPairing(cameras.length, maxSkew);
          const found = pairing.add(index, shot);
          if (found) resolve(found);
          else if (pairing.attempts >= options.attempts) reject(tooFar(pairing.best?.skew, maxSkew, pairing.attempts));
        },
        onFault(cause) {
          if (isFault(cause) && cause.code === NO_BANDWIDTH) return reject(cause);
          faults.set(id, cause);
          if (pairing || new Set([...newest.keys(), ...faults.keys()]).size >= cameras.length) resolve(undefined);
        },
      });
      releases.push(release);
    });
  }).finally(() => {
    for (const release of releases) release();
  });
  if (set) {
    return new Map(cameras.map(({ spec: { id } }, index) => [id, picture(set.shots[index], set.skew)]));
  }
  return new Map(cameras.map(({ spec: { id } }) => [id, faults.get(id) ?? picture(newest.get(id), undefined)]));
}

const picture = (shot: Shot | undefined, skew: number | undefined): GroupPicture | Error =>
  shot ? { shot, skew, remark: undefined } : environment('no-picture', 'The camera gave no picture.');

const tooFar = (best: number | undefined, maxSkew: number, attempts: number): Error =>
  environment(
    'skew',
    `The cameras' pictures were never closer than ${best?.toFixed(1)} ms in ${attempts} attempts, and max_skew is ${maxSkew.toFixed(1)} ms.`,
  );

async function oneByOne(cameras: readonly Camera[], signal: AbortSignal): Promise<GroupResult> {
  const results = new Map<string, { shot: Shot } | Error>();
  for (const camera of cameras) camera.rest();
  for (const camera of cameras) {
    try {
      results.set(camera.spec.id, { shot: await camera.alone(signal) });
    } catch (cause) {
      signal.throwIfAborted();
      results.set(camera.spec.id, cause instanceof Error ? cause : environment('no-picture', String(cause)));
    }
  }
  const times = [...results.values()].flatMap((result) => (result instanceof Error ? [] : [result.shot.taken]));
  const skew = times.length < 2 ? undefined : Math.max(...times) - Math.min(...times);
  return new Map(
    [...results].map(([id, result]) => [
      id,
      result instanceof Error ? result : { shot: result.shot, skew, remark: ONE_BY_ONE },
    ]),
  );
}
