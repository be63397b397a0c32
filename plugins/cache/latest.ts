// cache/latest: stores the newest frame of each camera and passes all frames on.

import { formatDuration } from '../../core/base/units.ts';
import { type CaptureScope, defineNode, type Frame } from '../../core/contract/plugin.ts';
import type { Still } from '../../core/contract/ports.ts';
import type { CacheLatestOptions } from '../../schemas/cache/latest.ts';
import { checkStaleAfter } from '../kit/stills/advice.ts';
import { captureAll, captureOne } from '../kit/stills/capture-all.ts';
import { createNewest } from '../kit/stills/newest.ts';

/** Milliseconds between two warnings that the cache is full. */
const WARN_EVERY_MS = 10_000;

export default defineNode<CacheLatestOptions>({
  check: ({ stale_after }, view) => checkStaleAfter('stale_after', stale_after, view.frames('from')),
  async start(node) {
    const { stale_after: staleAfter, max_cameras: maxCameras } = node.options;
    const input = node.input();
    // Callers that wait for the next frame continue to wait across a reload.
    const newest = await node.durable('newest', {
      same: [],
      create: createNewest,
      dispose: (created) => created.close(),
    });

    let warnedAt = Number.NEGATIVE_INFINITY;
    const keep = (frame: Frame): void => {
      if (newest.keep(frame, maxCameras, node.memory) || newest.get(frame.camera)) return;
      while (forgetOne()) if (newest.keep(frame, maxCameras, node.memory)) return;
      node.metrics.count('uncached_total');
      const now = node.clock.monotonic();
      if (now - warnedAt < WARN_EVERY_MS) return;
      warnedAt = now;
      const { camera } = frame;
      if (newest.cameras().length >= maxCameras) {
        node.log.warn('more cameras than max_cameras: the others are not cached', { camera });
      } else node.log.warn('the memory for pictures is full: a camera is not cached', { camera });
    };
    const isStale = (frame: Frame): boolean => node.clock.monotonic() - frame.arrived > staleAfter;
    // A silent camera without an upstream source has left the profile.
    const forgetOne = (): boolean => {
      const upstream = new Set(input.cameras());
      const gone = newest.frames().find((frame) => isStale(frame) && !upstream.has(frame.camera));
      if (gone) newest.forget(gone.camera);
      return gone !== undefined;
    };

    const pass = (frame: Frame): Frame => {
      keep(frame);
      return frame;
    };
    input.onLeft((cameras) => {
      for (const camera of cameras) newest.leave(camera);
    });
    const capture = async (camera: string, scope: CaptureScope, signal: AbortSignal): Promise<Frame> =>
      pass(await input.ask('capture', camera, scope, signal));
    node.pass(pass, { order: 'every' });
    const onDemand = (camera: string): boolean => input.answers('capture', camera);
    node.metrics.gauge('cameras', () => newest.frames().length);
    const silent = (frame: Frame): boolean => isStale(frame) && !onDemand(frame.camera);
    node.metrics.gauge('cameras_stale', () => newest.frames().filter(silent).length);

    node.cameras.report(() =>
      newest
        .frames()
        .filter(silent)
        .map(({ camera, arrived }) => [camera, { why: silence(node.clock.monotonic() - arrived) }] as const),
    );

    return {
      stills: {
        cameras() {
          const upstream = input.cameras();
          const listed = new Set(upstream);
          for (const frame of newest.frames()) if (!isStale(frame)) listed.add(frame.camera);
          return listed.size === upstream.length ? upstream : [...listed].sort();
        },
        latest(camera): Still | undefined {
          const frame = newest.get(camera);
          if (!frame) return undefined;
          const age = node.clock.monotonic() - frame.arrived;
          return { frame, age, stale: age > staleAfter };
        },
        next: newest.next,
        onDemand,
        capture: (camera, signal) => captureOne(capture, camera, signal),
        captureAll: (cameras, wanted) => captureAll(capture, cameras, wanted, node.clock),
      },
    };
  },
});

const silence = (age: number): string => `No picture has come for ${formatDuration(age)}.`;
