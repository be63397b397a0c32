// parse/still: a stream that is one picture, as a capture program writes it.

import { defineParser, type Parser } from '../../core/contract/plugin.ts';
import type { ParseStillOptions } from '../../schemas/parse/still.ts';
import { createJpegFramer, type JpegSink } from '../kit/image/jpeg-framer.ts';
import { deliverPicture, gather } from '../kit/image/single.ts';

/** Limit of beginnings without a complete picture; after these the search in the stream ends. */
const MAX_TRIES = 1000;
/** Bytes that are searched between two checks of that limit. */
const PIECE = 64 * 1024;

export default defineParser<ParseStillOptions>({
  create(options, sink) {
    let found = false;
    let parser: Parser | undefined;
    let tries = 0;
    const counted: JpegSink = {
      image(data, { width, height }) {
        if (found) return sink.skipped(data.length, 'more than one picture');
        found = true;
        sink.image({ data, type: 'image/jpeg', width, height, hasHeadroom: true });
      },
      skipped(bytes, reason) {
        tries++;
        sink.skipped(bytes, reason);
      },
      odd: (code) => sink.odd?.(code),
    };
    const jpeg = createJpegFramer(options.max_frame, counted, undefined, true);
    const other = gather(options.max_frame, sink, deliverPicture);
    return {
      push(chunk) {
        // The first byte identifies a PNG; any other stream is searched for a JPEG, which may follow messages of the program.
        if (parser === undefined && chunk.length > 0) parser = chunk[0] === 0x89 ? other : jpeg;
        for (let at = 0; at < chunk.length && tries < MAX_TRIES; at += PIECE)
          parser?.push(chunk.subarray(at, at + PIECE));
      },
      end() {
        if (parser === undefined) sink.skipped(0, 'empty');
        parser?.end();
        parser = undefined;
        tries = 0;
        found = false;
      },
    };
  },
});
