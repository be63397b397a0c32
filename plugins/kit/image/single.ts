// Collects a message or stream that is one picture, and recognises it at its end.

import type { Parser, ParserSink } from '../../../core/contract/plugin.ts';
import { createCollector } from './collector.ts';
import { isRefusal } from './jpeg-header.ts';
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

/** The bytes are one picture; what follows it is trimmed. */
export const deliverPicture: Deliver = (data, sink) => {
  const image = toImage(data, true);
  if (isRefusal(image)) return sink.skipped(data.length, image.reason);
  sink.image(image);
};
