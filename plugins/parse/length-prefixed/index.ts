// parse/length-prefixed: pictures, each after its length in four bytes.

import { defineParser } from '../../../core/contract/plugin.ts';
import type { ParseLengthPrefixedOptions } from '../../../schemas/parse/length-prefixed.ts';
import { isRefusal } from '../../kit/image/jpeg-header.ts';
import { createLengthPrefixedReader, LENGTH_BYTES } from '../../kit/image/length-prefixed.ts';
import { toImage } from '../../kit/image/recognise.ts';
import { createResync } from './resync.ts';

export default defineParser<ParseLengthPrefixedOptions>({
  create({ max_frame: max, byte_order: order }, sink) {
    const resync = createResync({ order, max });
    let lost = false;

    const reader = createLengthPrefixedReader(
      { order, max, strict: true },
      {
        picture(data) {
          const image = toImage(data, true);
          if (isRefusal(image)) sink.skipped(LENGTH_BYTES + data.length, image.reason);
          else sink.image(image);
        },
        refused(length, read) {
          lost = true;
          resync.begin(read);
          const why = length < 0 ? 'negative length' : length > max ? 'over max_frame' : 'neither JPEG nor PNG';
          sink.skipped(read.length, why);
        },
      },
    );

    return {
      push(chunk) {
        let rest = chunk;
        while (rest.length > 0) {
          if (!lost) {
            rest = rest.subarray(reader.push(rest));
            continue;
          }
          const found = resync.search(rest);
          if (found.skipped > 0) sink.skipped(found.skipped, 'between pictures');
          if (found.start === undefined) return;
          lost = false;
          reader.restart();
          reader.push(found.start);
          rest = rest.subarray(found.used);
        }
      },
      end() {
        if (!lost && reader.pending > 0) sink.skipped(reader.pending, 'truncated');
        lost = false;
        reader.restart();
      },
    };
  },
});
