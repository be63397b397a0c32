// The frames that come in: put into the bucket, then passed on; viewers do not depend on the bucket.

import {
  environment,
  type Frame,
  type Input,
  type Kept,
  type Node,
  type RequestHandler,
} from '../../../core/contract/plugin.ts';
import type { StoreS3Options } from '../../../schemas/store/s3.ts';
import type { Conditions } from '../../kit/disk/conditions.ts';
import type { Newest } from '../../kit/stills/newest.ts';
import type { Writer } from './writer.ts';

export const withFile = (frame: Frame, kept: Kept): Frame => ({ ...frame, meta: { ...frame.meta, file: kept.id } });

/** Takes the frames of the input; returns the handler of captures. */
export function storeFrames(
  { options, metrics, output, memory, id }: Node<StoreS3Options>,
  input: Input | undefined,
  writer: Writer,
  newest: Newest,
  conditions: Conditions,
): RequestHandler<'capture'> {
  /** Shows a frame to viewers; those that are older than what they have seen are for consumers of every frame alone. */
  const pass = (frame: Frame, wait: boolean): Promise<void> => {
    const fresh = newest.keep(frame, options.max_cameras, memory) || newest.get(frame.camera) === undefined;
    return fresh || wait ? output.emit(frame, wait) : Promise.resolve();
  };
  const take = async (frame: Frame, wait: boolean): Promise<void> => {
    if (!wait && writer.waiting() >= options.queue) {
      metrics.count('skipped_total');
      conditions.set('slow', 'The bucket is slower than the cameras; some frames are shown but not stored.');
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
    const kept = withFile(taken, await writer.keep(taken));
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
