// The frames that come in: stored, then passed on with the name of their file; viewers do not depend on the disk.

import { environment, type Frame, type Input, type Kept, type RequestHandler } from '../../../core/contract/plugin.ts';
import type { StoreContext } from './context.ts';
import type { Writer } from './writer.ts';

/** Takes the frames of the input; returns the handler of captures. */
export function storeFrames(
  { node, path, conditions, newest }: StoreContext,
  input: Input | undefined,
  writer: Writer,
): RequestHandler<'capture'> {
  const { options, metrics, output } = node;

  /** Shows a frame to viewers; those that are older than what they have seen are for consumers of every frame alone. */
  const pass = (frame: Frame, wait: boolean): Promise<void> => {
    const fresh = newest.keep(frame, options.max_cameras, node.memory) || newest.get(frame.camera) === undefined;
    return fresh || wait ? output.emit(frame, wait) : Promise.resolve();
  };
  const take = async (frame: Frame, wait: boolean): Promise<void> => {
    if (!wait && writer.waiting() >= options.queue) {
      metrics.count('skipped_total');
      conditions.set('slow', `${path} is slower than the cameras; some frames are shown but not stored.`);
      return pass(frame, false);
    }
    let kept: Kept;
    try {
      kept = await writer.keep(frame);
    } catch (cause) {
      // The viewers of a camera do not depend on the disk. A picture whose sender was refused is shown to nobody.
      if (!wait) await pass(frame, false);
      throw cause;
    }
    await pass(withFile(frame, kept), wait);
  };
  const capture: RequestHandler<'capture'> = async (camera, scope, signal) => {
    if (!input) throw environment('no-answer', `${node.id} has no source that captures pictures on demand.`);
    const taken = await input.ask('capture', camera, scope, signal);
    const frame = scope?.facts ? { ...taken, meta: { ...taken.meta, ...scope.facts } } : taken;
    const kept = withFile(frame, await writer.keep(frame));
    newest.keep(kept, options.max_cameras, node.memory);
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
