// parse/image: a message that is exactly one JPEG or PNG.

import { defineParser } from '../../core/contract/plugin.ts';
import type { ParseImageOptions } from '../../schemas/parse/image.ts';
import { deliverPicture, gather } from '../kit/image/single.ts';

export default defineParser<ParseImageOptions>({
  create: (options, sink, { given }) => gather(options.max_frame, sink, deliverPicture, given),
});
