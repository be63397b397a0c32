// Puts pictures: several cameras side by side, those of one camera in order, and each picture once.

import { environment, type Frame, type Kept, type Node } from '../../../core/contract/plugin.ts';
import { isFault, sentence } from '../../../core/contract/problems.ts';
import type { StoreS3Options } from '../../../schemas/store/s3.ts';
import type { Conditions } from '../../kit/disk/conditions.ts';
import { createKeyedQueue } from '../../kit/work/keyed-queue.ts';
import type { Bucket } from './bucket.ts';

/** Frames of sources that wait for their acknowledgement; further ones are refused. */
export const MAX_WAITING = 256;

export interface Writer {
  /** Resolves when the bucket has the picture. */
  keep(frame: Frame): Promise<Kept>;
  waiting(): number;
  idle(): Promise<void>;
}

export function createWriter(node: Node<StoreS3Options>, bucket: Bucket, conditions: Conditions): Writer {
  const { options, metrics } = node;
  const queue = createKeyedQueue({ parallel: options.connections, waiting: MAX_WAITING });
  // Of each camera the last picture: a capture and the same frame along the edges are put once.
  const recent = new Map<string, { readonly key: string; readonly kept: Promise<Kept> }>();

  const write = async (frame: Frame): Promise<Kept> => {
    try {
      const kept = await bucket.put(frame, node.signal);
      conditions.set('write', undefined);
      metrics.count('kept_total');
      metrics.count('kept_bytes_total', kept.size);
      return kept;
    } catch (cause) {
      metrics.count('refused_total');
      // A picture without a key says nothing about the bucket.
      if (isFault(cause) && cause.code !== 'rejected')
        conditions.set('write', `Pictures are not stored: ${cause.message}`);
      node.log.warn('picture not stored', { camera: frame.camera, why: sentence(cause) });
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
        Promise.reject(environment('store-busy', `${MAX_WAITING} pictures wait for the bucket; send this one again.`));
      const entry = { key: frame.key, kept };
      recent.set(frame.camera, entry);
      const forget = (): void => {
        if (recent.get(frame.camera) === entry) recent.delete(frame.camera);
      };
      kept.then(() => {
        if (recent.size > options.max_cameras) forget();
      }, forget);
      return kept;
    },
    waiting: queue.waiting,
    idle: queue.idle,
  };
}
