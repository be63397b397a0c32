// parse/payload: a message that contains one picture, raw, as base64, as a data URL or in JSON.

import { defineParser } from '../../../core/contract/plugin.ts';
import type { ParsePayloadOptions } from '../../../schemas/parse/payload.ts';
import { isRefusal } from '../../kit/image/jpeg-header.ts';
import { deliverPicture, gather } from '../../kit/image/single.ts';
import { longestPayload, unwrap } from './payload.ts';

export default defineParser<ParsePayloadOptions>({
  create: ({ max_frame, keys }, sink) =>
    gather(longestPayload(max_frame), sink, (message) => {
      const found = unwrap(message, keys);
      if (isRefusal(found)) return sink.skipped(message.length, found.reason);
      if (found.data.length > max_frame) return sink.skipped(message.length, 'over max_frame');
      deliverPicture(found.data, sink);
    }),
});
