// Writes pictures of a store: several cameras in parallel, those of one camera in order, and each picture once.

import { environment, type Frame, type Kept, type Node } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { Conditions } from '../disk/conditions.ts';
import { createKeyedQueue } from '../work/keyed-queue.ts';

export interface StoreWriter {
  /** Resolves when the picture is stored. */
  keep(frame: Frame): Promise<Kept>;
  /** Number of waiting pictures. */
  waiting(): number;
  idle(): Promise<void>;
}

export interface StoreWriterOptions {
  readonly node: Pick<Node<object>, 'metrics' | 'log'>;
  readonly conditions: Conditions;
  /** Name of the storage, for messages: "disk", "bucket". */
  readonly target: string;
  /** Maximum cameras that are written in parallel. */
  readonly parallel: number;
  /** Maximum frames whose sources wait for an acknowledgement; further ones are refused. */
  readonly maxWaiting: number;
  readonly maxCameras: number;
  /** Throws while no picture can be stored, which is reported elsewhere: not counted, not logged. */
  ready?(): void;
  put(frame: Frame): Promise<Kept>;
  onRefused(frame: Frame, cause: unknown): void;
}

export function createStoreWriter(options: StoreWriterOptions): StoreWriter {
  const { conditions, target, maxWaiting } = options;
  const { metrics, log } = options.node;
  const queue = createKeyedQueue({ parallel: options.parallel, waiting: maxWaiting });
  // The last picture of each camera: a capture and the same frame from the input are stored once.
  const recent = new Map<string, { readonly key: string; readonly kept: Promise<Kept> }>();

  const write = async (frame: Frame): Promise<Kept> => {
    options.ready?.();
    try {
      const kept = await options.put(frame);
      conditions.set('write', undefined);
      metrics.count('kept_total');
      metrics.count('kept_bytes_total', kept.size);
      return kept;
    } catch (cause) {
      options.onRefused(frame, cause);
      metrics.count('refused_total');
      log.warn('picture not stored', { camera: frame.camera, why: sentence(cause) });
      throw cause;
    } finally {
      if (queue.waiting() === 0) conditions.set('slow', undefined);
    }
  };
  return {
    keep(frame) {
      const last = recent.get(frame.camera);
      if (last?.key === frame.key) return last.kept;
      const kept =
        queue.run(frame.camera, () => write(frame)) ??
        Promise.reject(
          environment('store-busy', `${maxWaiting} pictures wait for the ${target}; send this one again.`),
        );
      const entry = { key: frame.key, kept };
      recent.set(frame.camera, entry);
      const forget = (): void => {
        if (recent.get(frame.camera) === entry) recent.delete(frame.camera);
      };
      kept.then(() => {
        if (recent.size > options.maxCameras) forget();
      }, forget);
      return kept;
    },
    waiting: queue.waiting,
    idle: queue.idle,
  };
}
