// parse/mjpeg: concatenated JPEGs in any chunking. Must not know where the bytes come from.

import { createJpegFramer } from '../../core/image/jpeg-framer.ts';
import { defineParser } from '../../core/plugin.ts';
import type { ParseMjpegOptions } from '../../schemas/parse/mjpeg.ts';

export default defineParser<ParseMjpegOptions>({
  create: (options, sink) =>
    createJpegFramer(options.max_frame, {
      image: (data, { width, height }) => sink.image({ data, type: 'image/jpeg', width, height, roomy: true }),
      skipped: sink.skipped,
    }),
});
