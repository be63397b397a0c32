// Stores pictures: several cameras side by side, those of one camera in order, and each picture once.

import { environment, type Frame, type Kept } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import { createKeyedQueue } from '../../kit/work/keyed-queue.ts';
import type { StoreContext } from './context.ts';
import type { OpenFolder } from './opening.ts';

/** Frames of sources that wait for their acknowledgement; further ones are refused. */
const MAX_WAITING = 1024;

export interface Writer {
  /** Resolves when the picture is on the disk. */
  keep(frame: Frame): Promise<Kept>;
  /** Pictures that wait for the disk. */
  waiting(): number;
  idle(): Promise<void>;
}

export function createWriter({ node, path, conditions }: StoreContext, folder: OpenFolder): Writer {
  const { options, metrics } = node;
  const queue = createKeyedQueue({ parallel: options.writers, waiting: MAX_WAITING });
  // Of each camera the last picture: a capture and the same frame along the edges are stored once.
  const recent = new Map<string, { frame: Frame; kept: Promise<Kept> }>();

  const write = async (frame: Frame): Promise<Kept> => {
    const keeper = folder.keeper();
    if (!keeper) throw environment('disk-failed', `${path} cannot store pictures: the folder cannot be opened.`);
    try {
      const kept = await keeper.put(frame);
      conditions.set('write', undefined);
      metrics.count('kept_total');
      metrics.count('kept_bytes_total', kept.size);
      return kept;
    } catch (cause) {
      folder.refused(frame.data.length, cause);
      metrics.count('refused_total');
      node.log.warn('picture not stored', { camera: frame.camera, why: sentence(cause) });
      throw cause;
    } finally {
      if (queue.waiting() === 0) conditions.set('slow', undefined);
    }
  };
  return {
    keep(frame) {
      const last = recent.get(frame.camera);
      if (last && isSame(last.frame, frame)) return last.kept;
      const kept =
        queue.run(frame.camera, () => write(frame)) ??
        Promise.reject(environment('store-busy', `${MAX_WAITING} pictures wait for the disk; send this one again.`));
      const entry = { frame, kept };
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

/** The same picture on another way, though perhaps another object. */
const isSame = (a: Frame, b: Frame): boolean => a.key === b.key;
