// transform/image: resizes, rotates and re-encodes pictures once for all consumers.

import { defineNode, type Frame, type Observation } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { TransformImageOptions } from '../../../schemas/transform/image.ts';
import { examinePackage } from '../../kit/examine/packages.ts';
import { examineProgram } from '../../kit/examine/programs.ts';
import { loadSharp, type Sharp } from '../../kit/image/sharp.ts';
import { change, type Ffmpeg } from './change.ts';
import { createPool } from './ffmpeg/pool.ts';
import { findFfmpeg } from './ffmpeg/preflight.ts';
import { startWorker } from './ffmpeg/worker.ts';
import { findJpegtran } from './jpegtran.ts';

export default defineNode<TransformImageOptions>({
  check: ({ encoder, format }) =>
    encoder !== 'sharp' && format === 'png'
      ? [{ option: 'encoder', code: 'wrong-value', message: `The encoder "${encoder}" makes JPEG only, not PNG.` }]
      : [],
  async *examine(options) {
    if (options.rotate_by === 'lossless') yield* examineProgram('jpegtran', 'rotate_by');
    if (options.encoder !== 'sharp') yield* examineEncoder(options);
    else if (!turnsOnly(options)) yield* examinePackage('sharp', () => import('sharp'));
  },
  async start(node) {
    const { options } = node;
    const lossless = options.rotate_by === 'lossless' ? findJpegtran(process.env.PATH ?? '') : undefined;
    let loading: Promise<Sharp> | undefined;
    const sharp = (): Promise<Sharp> => {
      loading ??= loadSharp();
      return loading;
    };
    let ffmpeg: Ffmpeg | undefined;
    // Missing software is reported at the start, not with the first frame.
    if (options.encoder !== 'sharp') {
      const program = await findFfmpeg(options.encoder, options.device);
      const pool = createPool(options.parallel, (argv) => startWorker(argv, node.log, node.clock));
      node.defer(() => pool.stop());
      ffmpeg = { program, pool };
    } else if (!turnsOnly(options) || (options.rotate_by === 'lossless' && !lossless)) await sharp();
    const work = async (frame: Frame): Promise<Frame> => {
      try {
        const image = await change(frame, options, { sharp, lossless, ffmpeg });
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

async function* examineEncoder({ encoder, device }: TransformImageOptions): AsyncGenerator<Observation> {
  if (encoder === 'sharp') return;
  try {
    const program = await findFfmpeg(encoder, device);
    yield { is: 'fine', code: 'encoder', option: 'encoder', message: `${program} can encode by "${encoder}".` };
  } catch (cause) {
    yield { is: 'wrong', code: 'missing-encoder', option: 'encoder', message: sentence(cause) };
  }
}

/** True if the options allow a change without loss; a picture of another type or with odd edges still needs sharp. */
const turnsOnly = (options: TransformImageOptions): boolean =>
  options.rotate_by !== 'encode' &&
  options.format === 'keep' &&
  [options.width, options.height, options.quality].every((option) => option === undefined);
