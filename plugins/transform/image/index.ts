// transform/image: resizes, rotates and re-encodes pictures once for all consumers.

import { defineNode, type Frame } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { TransformImageOptions } from '../../../schemas/transform/image.ts';
import { loadSharp, type Sharp } from '../../kit/image/sharp.ts';
import { change } from './change.ts';

export default defineNode<TransformImageOptions>({
  async start(node) {
    const { options } = node;
    // Missing software is reported at the start, not with the first frame.
    const sharp: Sharp = await loadSharp();
    const work = async (frame: Frame): Promise<Frame> => {
      try {
        const image = await change(frame, options, async () => sharp);
        return image === frame ? frame : { ...frame, ...image };
      } catch (cause) {
        node.metrics.count('refused_total');
        node.log.warn('picture refused', { camera: frame.camera, why: sentence(cause) });
        throw cause;
      }
    };
    node.pass(work, {
      order: 'live',
      parallel: options.parallel,
      work: options.mode === 'always' ? 'always' : 'wanted',
    });
  },
});
