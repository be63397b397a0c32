// The frames that come into a store: stored, then passed on with the name of what is kept; viewers do not depend on the store.

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
  /** Frames of cameras, which do not wait, beyond which they are shown and not stored. */
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
  /** What is written to, for messages: "/var/lib/pictures", "The bucket". */
  readonly target: string;
}

/** Takes the frames of the input; returns the handler of captures. */
export function storeFrames({
  node: { id, options, metrics, output, memory },
  input,
  writer,
  newest,
  conditions,
  target,
}: StoreFrames): RequestHandler<'capture'> {
  /** Shows a frame to viewers; those that are older than what they have seen are for consumers of every frame alone. */
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
      // A picture whose sender was refused is shown to nobody.
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
