// parse/mjpeg: concatenated JPEGs in any chunking.

import { defineParser } from '../../core/contract/plugin.ts';
import type { ParseMjpegOptions } from '../../schemas/parse/mjpeg.ts';
import { createJpegFramer } from '../kit/image/jpeg-framer.ts';

export default defineParser<ParseMjpegOptions>({
  create: (options, sink) =>
    createJpegFramer(options.max_frame, {
      image: (data, { width, height }) => sink.image({ data, type: 'image/jpeg', width, height, hasHeadroom: true }),
      skipped: sink.skipped,
      odd: (code) => sink.odd?.(code),
    }),
});
