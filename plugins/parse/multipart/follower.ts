// Follows the JPEGs of the parts of one stream with a single framer and its buffer.

import { createJpegFramer, type JpegFramer, type JpegSink } from '../../kit/image/jpeg-framer.ts';

/** Returns the framer for a part, which must end before the next call. */
export type Follow = (sink: JpegSink) => JpegFramer;

export function createFollower(maxFrame: number): Follow {
  let framer: JpegFramer | undefined;
  let current: JpegSink = { image() {}, skipped() {} };
  const sink: JpegSink = {
    image: (data, header) => current.image(data, header),
    skipped: (bytes, reason) => current.skipped(bytes, reason),
    odd: (code) => current.odd?.(code),
  };
  return (next) => {
    current = next;
    framer ??= createJpegFramer(maxFrame, sink, undefined, true);
    return framer;
  };
}
