// parse/image: a message that is exactly one JPEG or PNG. Must not know where the bytes come from.

import { deliverPicture, gather } from '../../core/image/single.ts';
import { defineParser } from '../../core/plugin.ts';
import type { ParseImageOptions } from '../../schemas/parse/image.ts';

export default defineParser<ParseImageOptions>({
  create: (options, sink) => gather(options.max_frame, sink, deliverPicture),
});
