// The frames of a store's input: stored, then passed on with the name of the stored file; viewers do not depend on the store.

import {
  environment,
  type Frame,
  type Input,
  type Kept,
  type Node,
  type RequestHandler,
} from '../../../core/contract/plugin.ts';
import type { Conditions } from '../disk/conditions.ts';
import type { Newest } from '../stills/newest.ts';
import type { StoreWriter } from './writer.ts';

export interface StoreOptions {
  /** Maximum frames in the queue; beyond it, frames of cameras, which do not wait, are shown and not stored. */
  readonly queue: number;
  readonly max_cameras: number;
  readonly mode: 'always' | 'on_demand';
}

export interface StoreFrames {
  readonly node: Pick<Node<object>, 'id' | 'metrics' | 'output' | 'memory'> & { readonly options: StoreOptions };
  /** Undefined when frames come through the `store` port alone. */
  readonly input: Input | undefined;
  readonly writer: StoreWriter;
  readonly newest: Newest;
  readonly conditions: Conditions;
  /** Name of the storage, for messages: "/var/lib/pictures", "The bucket". */
  readonly target: string;
}

/** Stores the frames of the input; returns the handler of captures. */
export function storeFrames({
  node: { id, options, metrics, output, memory },
  input,
  writer,
  newest,
  conditions,
  target,
}: StoreFrames): RequestHandler<'capture'> {
  /** Passes a frame on. A frame older than the newest one goes only to consumers of every frame. */
  const pass = (frame: Frame, wait: boolean): Promise<void> => {
    const fresh = newest.keep(frame, options.max_cameras, memory) || newest.get(frame.camera) === undefined;
    return fresh || wait ? output.emit(frame, wait) : Promise.resolve();
  };
  const take = async (frame: Frame, wait: boolean): Promise<void> => {
    if (!wait && writer.waiting() >= options.queue) {
      metrics.count('skipped_total');
      conditions.set('slow', `${target} is slower than the cameras; some frames are shown but not stored.`);
      return pass(frame, false);
    }
    let kept: Kept;
    try {
      kept = await writer.keep(frame);
    } catch (cause) {
      // A picture is not shown if its sender gets a refusal.
      if (!wait) await pass(frame, false);
      throw cause;
    }
    await pass(withFile(frame, kept), wait);
  };
  const capture: RequestHandler<'capture'> = async (camera, scope, signal) => {
    if (!input) throw environment('no-answer', `${id} has no source that captures pictures on demand.`);
    const taken = await input.ask('capture', camera, scope, signal);
    const frame = scope?.facts ? { ...taken, meta: { ...taken.meta, ...scope.facts } } : taken;
    const kept = withFile(frame, await writer.keep(frame));
    newest.keep(kept, options.max_cameras, memory);
    return kept;
  };

  input?.onLeft((cameras) => {
    for (const camera of cameras) newest.leave(camera);
  });
  input?.each(take, { delivery: 'through', demand: options.mode === 'always' ? 'always' : 'none' });
  if (input) output.answer('capture', capture);
  return capture;
}

export const withFile = (frame: Frame, kept: Kept): Frame => ({ ...frame, meta: { ...frame.meta, file: kept.id } });
