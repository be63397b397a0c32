// transform/image: resizes, rotates and re-encodes pictures once for all consumers.

import { defineNode, environment, type Frame } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { TransformImageOptions } from '../../../schemas/transform/image.ts';
import { loadSharp, type Sharp } from '../../kit/image/sharp.ts';
import { createKeyedQueue } from '../../kit/queue/keyed-queue.ts';
import { change } from './change.ts';

/** Most frames of sources that wait for an acknowledgement; further ones are refused. */
const MAX_WAITING = 256;
/** Most cameras whose newest frame is held: in progress, or until a viewer comes. */
const MAX_CAMERAS = 4096;

export default defineNode<TransformImageOptions>({
  async start(node) {
    const { options } = node;
    const input = node.input();
    const lanes = createKeyedQueue({ parallel: options.parallel, waiting: MAX_WAITING + MAX_CAMERAS });
    // Missing software is reported at the start, not with the first frame.
    const sharp: Sharp = await loadSharp();
    const wanted = new Map<string | undefined, number>();
    /** The newest frame of each camera that no job has started on. */
    const newest = new Map<string, Frame>();
    const queued = new Set<string>();
    let waiting = 0;

    // A picture captured on demand may also arrive as a frame: it is changed only once.
    const changes = new WeakMap<Frame, Promise<Frame>>();
    const work = (frame: Frame): Promise<Frame> => {
      const known = changes.get(frame) ?? workOnce(frame);
      changes.set(frame, known);
      return known;
    };
    const workOnce = async (frame: Frame): Promise<Frame> => {
      try {
        const image = await change(frame, options, async () => sharp);
        return image === frame ? frame : { ...frame, ...image };
      } catch (cause) {
        node.metrics.count('refused_total');
        node.log.warn('picture refused', { camera: frame.camera, why: sentence(cause) });
        throw cause;
      }
    };
    const isWanted = (camera: string): boolean =>
      options.mode === 'always' || wanted.has(undefined) || wanted.has(camera);

    /** One job per camera takes the newest frame when its turn comes. */
    const workOnNewest = (camera: string): void => {
      if (queued.has(camera)) return;
      queued.add(camera);
      const job = lanes.run(camera, async () => {
        queued.delete(camera);
        const frame = newest.get(camera);
        newest.delete(camera);
        // Not awaited: a slow disk downstream must not delay the next picture for viewers.
        if (frame) void node.output.emit(await work(frame));
      });
      if (job) job.catch(() => {});
      else queued.delete(camera);
    };
    const takeLive = (frame: Frame): void => {
      const replaces = newest.has(frame.camera);
      if (!replaces && newest.size >= MAX_CAMERAS) {
        node.metrics.count('skipped_total');
        return;
      }
      if (replaces && isWanted(frame.camera)) node.metrics.count('skipped_total');
      newest.set(frame.camera, frame);
      if (isWanted(frame.camera)) workOnNewest(frame.camera);
    };
    const takeAll = async (frame: Frame): Promise<void> => {
      if (waiting >= MAX_WAITING)
        throw environment('transform-busy', `${MAX_WAITING} pictures wait to be changed; send this one again.`);
      waiting++;
      try {
        const changed = await lanes.run(frame.camera, () => work(frame));
        if (!changed) throw environment('transform-busy', 'Too many pictures wait to be changed; send this one again.');
        await node.output.emit(changed, true);
      } finally {
        waiting--;
      }
    };

    input.each((frame, wait) => (wait ? takeAll(frame) : takeLive(frame)), { delivery: 'through', demand: 'none' });
    node.output.onWant((camera) => {
      const release = input.want(camera);
      wanted.set(camera, (wanted.get(camera) ?? 0) + 1);
      // A new viewer immediately gets the camera's last picture.
      for (const held of camera === undefined ? [...newest.keys()] : [camera]) if (newest.has(held)) workOnNewest(held);
      return () => {
        const left = (wanted.get(camera) ?? 1) - 1;
        if (left > 0) wanted.set(camera, left);
        else wanted.delete(camera);
        release();
      };
    });
    const held = (camera: string): boolean => options.mode === 'on_demand' && newest.has(camera);
    node.output.onCapture(
      async (camera, signal) => {
        const frame = input.onDemand(camera) ? await input.capture(camera, signal) : newest.get(camera);
        if (!frame) throw environment('no-capture', `No source takes a picture of "${camera}" on demand.`);
        const changed = await lanes.run(camera, () => work(frame));
        if (!changed) throw environment('transform-busy', 'Too many pictures wait to be changed; ask again.');
        return changed;
      },
      (camera) => input.onDemand(camera) || held(camera),
    );
    node.metrics.gauge('waiting', () => lanes.waiting());
    node.defer(() => lanes.idle());
  },
});
