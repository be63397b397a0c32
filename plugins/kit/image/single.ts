// Collects a message or stream that is one picture, and recognises it at its end.

import type { Image } from '../../../core/contract/frame.ts';
import type { Parser, ParserSink } from '../../../core/contract/plugin.ts';
import { createCollector } from './collector.ts';
import { isRefusal, type Refusal } from './jpeg-header.ts';
import { withEnd, withoutStrayBytes } from './mend.ts';
import { toImage } from './recognise.ts';

/** What becomes of gathered bytes when the message has ended: the sink has been told when this returns. */
export type Deliver = (data: Buffer, sink: ParserSink) => void;

/** Gathers up to `max` bytes and hands them to `deliver` at the end; more is counted and not kept. */
export function gather(max: number, sink: ParserSink, deliver: Deliver): Parser {
  const collector = createCollector();
  let total = 0;
  return {
    push(chunk) {
      if (total === 0) collector.expect(Math.min(chunk.length, max));
      total += chunk.length;
      if (total <= max) collector.append(chunk, 0, chunk.length);
      else collector.clear();
    },
    end() {
      const bytes = total;
      total = 0;
      if (bytes > max) sink.skipped(bytes, 'over max_frame');
      else deliver(collector.take(), sink);
    },
  };
}

/** The picture in `data`, also when stray bytes or a missing EOI have to be mended. */
export function toMendedImage(data: Buffer, odd: (code: string) => void): Image | Refusal {
  const image = toImage(data, true);
  if (!isRefusal(image)) return image;
  const isStray = image.reason === 'malformed JPEG';
  const mended = isStray ? withoutStrayBytes(data) : image.reason === 'truncated' ? withEnd(data) : undefined;
  const again = mended === undefined ? image : toImage(mended, true);
  if (!isRefusal(again)) odd(isStray ? 'stray_bytes' : 'no_end');
  return again;
}

/** The bytes are one picture; what follows it is trimmed. */
export const deliverPicture: Deliver = (data, sink) => {
  const image = toMendedImage(data, (code) => sink.odd?.(code));
  if (isRefusal(image)) return sink.skipped(data.length, image.reason);
  sink.image(image);
};
