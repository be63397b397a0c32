// Collects a message or stream that is one picture, and recognises it at its end.

import type { Image } from '../../../core/contract/frame.ts';
import type { Parser, ParserContext, ParserSink } from '../../../core/contract/plugin.ts';
import { type Collector, createCollector } from './collector.ts';
import { isRefusal, type Refusal } from './jpeg-header.ts';
import { toImage } from './recognise.ts';
import { withEnd, withoutStrayBytes } from './repair.ts';

/**
 * Passes the collected bytes of a finished message to the sink before it returns. `hasHeadroom`: true if they lie in a buffer from
 * `allocate`.
 */
export type Deliver = (data: Buffer, sink: ParserSink, hasHeadroom: boolean) => void;

/** A given chunk is kept without a copy unless it wastes more memory than its own size and this. */
const MAX_WASTE = 16 * 1024;

/** Collects up to `max` bytes and passes them to `deliver` at the end; further bytes are counted and not kept. */
export function gather(max: number, sink: ParserSink, deliver: Deliver, given?: ParserContext['given']): Parser {
  let collector: Collector | undefined;
  /** The message so far, when it is one chunk that may be kept. */
  let whole: Buffer | undefined;
  let total = 0;
  const collect = (chunk: Buffer, size: number): void => {
    collector ??= createCollector();
    if (collector.length === 0) collector.expect(size);
    collector.append(chunk, 0, chunk.length);
  };
  return {
    push(chunk) {
      const isFirst = total === 0;
      total += chunk.length;
      if (total > max) {
        whole = undefined;
        collector?.clear();
      } else if (isFirst && given !== undefined && chunk.buffer.byteLength <= 2 * chunk.length + MAX_WASTE) {
        whole = chunk;
      } else {
        if (whole) collect(whole, total);
        whole = undefined;
        collect(chunk, chunk.length);
      }
    },
    end() {
      const [bytes, kept] = [total, whole];
      total = 0;
      whole = undefined;
      if (bytes > max) sink.skipped(bytes, 'over max_frame');
      else if (kept) deliver(kept, sink, given === 'headroom');
      else {
        collector ??= createCollector();
        deliver(collector.take(), sink, true);
      }
    },
  };
}

/** The picture in `data`; repairs stray bytes and a missing EOI. */
export function toRepairedImage(data: Buffer, odd: (code: string) => void, hasHeadroom = true): Image | Refusal {
  const image = toImage(data, hasHeadroom);
  if (!isRefusal(image)) return image;
  const isStray = image.reason === 'malformed JPEG';
  const repaired = isStray ? withoutStrayBytes(data) : image.reason === 'truncated' ? withEnd(data) : undefined;
  const again = repaired === undefined ? image : toImage(repaired, true);
  if (!isRefusal(again)) odd(isStray ? 'stray_bytes' : 'no_end');
  return again;
}

/** Delivers the bytes as one picture; bytes after it are trimmed. */
export const deliverPicture: Deliver = (data, sink, hasHeadroom) => {
  const image = toRepairedImage(data, (code) => sink.odd?.(code), hasHeadroom);
  if (isRefusal(image)) return sink.skipped(data.length, image.reason);
  sink.image(image);
};
