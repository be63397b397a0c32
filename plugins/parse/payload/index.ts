// parse/payload: a message that contains one picture, raw, as base64, as a data URL or in JSON.

import { defineParser } from '../../../core/contract/plugin.ts';
import type { ParsePayloadOptions } from '../../../schemas/parse/payload.ts';
import { isRefusal } from '../../kit/image/jpeg-header.ts';
import { type Deliver, deliverPicture, gather } from '../../kit/image/single.ts';
import { longestPayload, unwrap } from './payload.ts';

export default defineParser<ParsePayloadOptions>({
  create({ max_frame, keys }, sink, { given }) {
    const deliver: Deliver = (message, to, hasHeadroom) => {
      const found = unwrap(message, keys);
      if (isRefusal(found)) return to.skipped(message.length, found.reason);
      if (found.data.length > max_frame) return to.skipped(message.length, 'over max_frame');
      deliverPicture(found.data, to, hasHeadroom || found.data !== message);
    };
    return gather(longestPayload(max_frame), sink, deliver, given);
  },
});
