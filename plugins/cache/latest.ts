// Keeps the newest frame of each camera and passes all of them on. Knows neither sources nor viewers.

import { type Clock, defineNode, type Frame } from '../../core/plugin.ts';
import type { Still } from '../../core/ports.ts';
import { environment } from '../../core/problems.ts';
import { createTenure, type Tenure } from '../../core/tenure.ts';
import type { CacheLatestOptions } from '../../schemas/cache/latest.ts';

/** Requests of one camera that may wait for its next frame. */
export const MAX_WAITERS = 1024;

interface Kept {
  frame: Frame;
}

interface Waiter {
  readonly after: number;
  take(frame: Frame): void;
  refuse(): void;
}

/** What a cache leaves to its successor, so that a changed option shows no gap. */
interface Handover {
  readonly kind: 'cache/latest';
  readonly kept: Map<string, Kept>;
  /** Those who wait for a next frame go on waiting. */
  readonly waiters: Map<string, Set<Waiter>>;
  readonly tenure: Tenure<object>;
}

export default defineNode<CacheLatestOptions>({
  start(node) {
    const { stale_after: staleAfter, max_cameras: maxCameras } = node.options;
    const input = node.input();
    const estate = isHandover(node.handedOver) ? node.handedOver : createEstate(node.clock);
    const { kept, waiters, tenure } = estate;

    const wake = (frame: Frame): void => {
      const waiting = waiters.get(frame.camera);
      if (!waiting) return;
      for (const waiter of [...waiting]) if (frame.seq > waiter.after) waiter.take(frame);
    };
    const keep = (frame: Frame): void => {
      const older = kept.get(frame.camera);
      if (older) {
        // A capture may overtake a frame that is still on its way.
        if (frame.seq <= older.frame.seq) return;
        older.frame = frame;
      } else if (kept.size < maxCameras || forgetOne()) {
        kept.set(frame.camera, { frame });
      } else {
        node.log.warn('more cameras than max_cameras: the further ones are not kept');
        return;
      }
      wake(frame);
    };
    const isStale = (frame: Frame): boolean => node.clock.monotonic() - frame.arrived > staleAfter;
    // A camera that is silent and that no source upstream knows has left the profile.
    const forgetOne = (): boolean => {
      const upstream = new Set(input.cameras());
      for (const [camera, { frame }] of kept) {
        if (isStale(frame) && !upstream.has(camera)) return kept.delete(camera);
      }
      return false;
    };

    input.each(
      (frame, wait) => {
        keep(frame);
        const sent = node.output.emit(frame, wait);
        // A camera does not wait, so there is nothing to tell it, and no promise to make for each of its frames.
        return wait ? sent : undefined;
      },
      { delivery: 'through', demand: 'none' },
    );
    node.output.onWant((camera) => input.want(camera));
    const capture = async (camera: string, signal: AbortSignal): Promise<Frame> => {
      const frame = await input.capture(camera, signal);
      keep(frame);
      return frame;
    };
    node.output.onCapture(capture, (camera) => input.onDemand(camera));
    node.metrics.gauge('cameras', () => kept.size);
    node.metrics.gauge('cameras_stale', () => {
      let stale = 0;
      for (const { frame } of kept.values()) if (isStale(frame) && !input.onDemand(frame.camera)) stale++;
      return stale;
    });
    node.defer(tenure.hold(node));

    return {
      stills: {
        cameras() {
          const upstream = input.cameras();
          const listed = new Set(upstream);
          for (const [camera, { frame }] of kept) if (!isStale(frame)) listed.add(camera);
          return listed.size === upstream.length ? upstream : [...listed].sort();
        },
        latest(camera): Still | undefined {
          const frame = kept.get(camera)?.frame;
          if (!frame) return undefined;
          const age = node.clock.monotonic() - frame.arrived;
          return { frame, age, stale: age > staleAfter };
        },
        next(camera, after, signal) {
          const newest = kept.get(camera)?.frame;
          if (newest && newest.seq > after) return Promise.resolve(newest);
          return new Promise<Frame>((resolve, reject) => {
            signal.throwIfAborted();
            const waiting = waiters.get(camera) ?? new Set<Waiter>();
            if (waiting.size >= MAX_WAITERS) throw environment('too-many-waiting', 'too many wait for this camera');
            waiters.set(camera, waiting);
            const leave = (): void => {
              waiting.delete(waiter);
              if (waiting.size === 0 && waiters.get(camera) === waiting) waiters.delete(camera);
              signal.removeEventListener('abort', gone);
            };
            const gone = (): void => {
              leave();
              reject(signal.reason);
            };
            const waiter: Waiter = {
              after,
              take(frame) {
                leave();
                resolve(frame);
              },
              refuse() {
                leave();
                reject(environment('stopping', 'the cache is being stopped; ask again'));
              },
            };
            waiting.add(waiter);
            signal.addEventListener('abort', gone, { once: true });
          });
        },
        onDemand: (camera) => input.onDemand(camera),
        capture,
      },
      handover(): Handover {
        tenure.promise();
        return estate;
      },
    };
  },
});

function createEstate(clock: Clock): Handover {
  const waiters = new Map<string, Set<Waiter>>();
  const refuseAll = (): void => {
    for (const waiting of waiters.values()) for (const waiter of [...waiting]) waiter.refuse();
  };
  const tenure = createTenure<object>({ end: refuseAll, monotonic: () => clock.monotonic() });
  return { kind: 'cache/latest', kept: new Map(), waiters, tenure };
}

function isHandover(value: unknown): value is Handover {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'cache/latest';
}
