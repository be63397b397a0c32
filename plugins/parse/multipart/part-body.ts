// The body of one part: a picture of known or unknown length, or data to skip.

import type { Image } from '../../../core/contract/frame.ts';
import { type Collector, createCollector, headroomGuess } from '../../kit/image/collector.ts';
import { createJpegFramer, type JpegFramer, type JpegSink } from '../../kit/image/jpeg-framer.ts';
import { isRefusal } from '../../kit/image/jpeg-header.ts';
import { toImage } from '../../kit/image/recognise.ts';
import { createDelimiterSearch } from './delimiter-search.ts';

export interface PartOptions {
  readonly delimiter: string;
  /** Content-Length, where the part has one. */
  readonly length: number | undefined;
  readonly maxFrame: number;
  /** False: the part says that it is no picture. */
  readonly wanted: boolean;
  /** The size of the picture before it. */
  readonly expected: number | undefined;
  image(image: Image): void;
  skipped(bytes: number, reason: string): void;
}

export interface PartBody {
  /** Takes bytes from `at` on and returns where the body's end, or the chunk's, stands. */
  take(chunk: Buffer, at: number): number;
  /** `whole`: all of its length is there. `delimited`: the bytes just behind its delimiter come next. */
  readonly state: 'open' | 'whole' | 'delimited';
  /** The stream has ended inside the body. */
  end(): void;
}

export function createPartBody(options: PartOptions): PartBody {
  return options.length ? ofKnownLength(options, options.length) : upToDelimiter(options, undefined);
}

/** The picture is handed on with its last byte, without waiting for the delimiter. */
function ofKnownLength(options: PartOptions, length: number): PartBody {
  const keep = options.wanted && length <= options.maxFrame;
  const collector = createCollector();
  collector.expect(length);
  let left = length;
  let continued: PartBody | undefined;
  const complete = () => {
    if (!keep) return options.skipped(length, options.wanted ? 'over max_frame' : 'part is not a picture');
    const image = toImage(collector.peek(), true);
    if (!isRefusal(image)) {
      collector.take();
      options.image(image);
    } else if (image.reason === 'truncated') {
      // The camera counted wrong: the rest of the picture stands before the next delimiter.
      continued = upToDelimiter(options, collector);
    } else options.skipped(length, image.reason);
  };
  return {
    get state() {
      return continued?.state ?? (left === 0 ? 'whole' : 'open');
    },
    take(chunk, at) {
      if (continued !== undefined) return continued.take(chunk, at);
      const step = Math.min(left, chunk.length - at);
      if (keep) collector.append(chunk, at, at + step);
      left -= step;
      if (left === 0) complete();
      return at + step;
    },
    end() {
      if (continued !== undefined) return continued.end();
      options.skipped(length - left, 'truncated');
    },
  };
}

/** Without a length, a JPEG is followed to its end, so that it need not wait for the delimiter; a PNG is gathered. */
function upToDelimiter(options: PartOptions, begun: Collector | undefined): PartBody {
  const search = createDelimiterSearch(options.delimiter);
  let bytes = begun?.length ?? 0;
  let images = 0;
  let collector = begun;
  let framer: JpegFramer | undefined;
  let reason = 'part is not a picture';
  let state: PartBody['state'] = 'open';

  const feed = (chunk: Buffer, from: number, to: number) => {
    if (to <= from) return;
    if (options.wanted && collector === undefined && framer === undefined) {
      if (chunk[from] === 0x89) collector = createCollector(headroomGuess(options.expected ?? 0));
      else framer = followed();
    }
    bytes += to - from;
    framer?.push(chunk.subarray(from, to));
    if (bytes <= options.maxFrame) collector?.append(chunk, from, to);
    else collector?.clear();
  };
  const followed = () => {
    const sink: JpegSink = {
      image(data, { width, height }) {
        images++;
        options.image({ data, type: 'image/jpeg', width, height, hasHeadroom: true });
      },
      skipped(_, why) {
        // The line end before the delimiter, or a text: what counts is whether the part held a picture.
        if (why !== 'garbage') reason = why;
      },
    };
    return createJpegFramer(options.maxFrame, sink, headroomGuess(options.expected ?? 0));
  };
  const finish = () => {
    framer?.end();
    if (collector !== undefined && bytes <= options.maxFrame) {
      const image = toImage(collector.take(), true);
      if (isRefusal(image)) reason = image.reason;
      else {
        images++;
        options.image(image);
      }
    } else if (collector !== undefined) reason = 'over max_frame';
    if (images === 0 && bytes > 0) options.skipped(bytes, reason);
  };

  return {
    get state() {
      return state;
    },
    take(chunk, at) {
      const found = search.find(chunk, at);
      feed(chunk, at, found?.body ?? chunk.length);
      if (found === undefined) return chunk.length;
      // A delimiter that began in the chunk before has been taken for body.
      const over = Math.max(0, at - found.body);
      collector?.drop(Math.min(over, collector.length));
      bytes = Math.max(0, bytes - over);
      state = 'delimited';
      finish();
      return found.next;
    },
    end: finish,
  };
}
