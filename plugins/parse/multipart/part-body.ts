// The body of one part: a picture of known or unknown length, or data to skip.

import type { Image } from '../../../core/contract/frame.ts';
import { type Collector, createCollector, headroomGuess } from '../../kit/image/collector.ts';
import type { JpegFramer, JpegSink } from '../../kit/image/jpeg-framer.ts';
import { isRefusal } from '../../kit/image/jpeg-header.ts';
import { toImage } from '../../kit/image/recognise.ts';
import { withoutStrayBytes } from '../../kit/image/repair.ts';
import { toRepairedImage } from '../../kit/image/single.ts';
import { createDelimiterSearch, type DelimiterSearch } from './delimiter-search.ts';
import type { Follow } from './follower.ts';

export interface PartOptions {
  /** See needleOf. */
  readonly needle: Buffer;
  readonly follow: Follow;
  /** Content-Length, if the part has a credible one. */
  readonly length: number | undefined;
  readonly maxFrame: number;
  /** False if the part's Content-Type is not that of a picture. */
  readonly wanted: boolean;
  /** The size of the previous picture. */
  readonly expected: number | undefined;
  image(image: Image): void;
  skipped(bytes: number, reason: string): void;
  odd(code: string): void;
}

export interface PartBody {
  /** Reads bytes from `at` on and returns the position of the body's end, or of the chunk's. */
  take(chunk: Buffer, at: number): number;
  /** `whole`: all of its length has arrived. `delimited`: the bytes after its delimiter come next. */
  readonly state: 'open' | 'whole' | 'delimited';
  /** Bytes after the delimiter that were read as part of the body; they precede the next chunk. */
  readonly rest: Buffer | undefined;
  /** True if the delimiter came before the end of the announced length. */
  readonly isLengthWrong: boolean;
  /** The stream has ended inside the body. */
  end(): void;
}

/** Bytes at the end of each chunk in which the end of a picture is searched, because the length may be too large. */
const TAIL = 512;
const EOI = Buffer.from([0xff, 0xd9]);
/** Limit of attempts per part to read the picture so far: an end may also be that of its thumbnail. */
const MAX_ATTEMPTS = 4;
/** Limit of bytes before the picture, such as an empty line that the length does not count. */
const MAX_BEFORE = 64;
/** Smallest possible picture, in bytes. */
const MIN_PICTURE = 64;
const SOI = Buffer.from([0xff, 0xd8]);
const NO_PICTURE = 'part is not a picture';

export function createPartBody(options: PartOptions): PartBody {
  const { length, maxFrame } = options;
  // A length beyond the limit is more likely wrong than that of a picture.
  return length && length <= maxFrame ? ofKnownLength(options, length) : upToDelimiter(options, undefined);
}

/** The state of a part with a length. Its functions are outside, because creating them for every part takes time. */
interface Known {
  readonly options: PartOptions;
  readonly collector: Collector;
  readonly length: number;
  left: number;
  keep: boolean | undefined;
  /** Reads the rest if the length or the beginning was wrong. */
  continued: PartBody | undefined;
  rest: Buffer | undefined;
  isDelimited: boolean;
  attempts: number;
}

/** Delivers the picture with its last byte, without waiting for the delimiter. */
function ofKnownLength(options: PartOptions, length: number): PartBody {
  const part: Known = {
    options,
    collector: createCollector(),
    length,
    left: length,
    keep: undefined,
    continued: undefined,
    rest: undefined,
    isDelimited: false,
    attempts: 0,
  };
  return {
    get state() {
      if (part.isDelimited) return 'delimited';
      return part.continued?.state ?? (part.left === 0 ? 'whole' : 'open');
    },
    get rest() {
      return part.rest;
    },
    get isLengthWrong() {
      return part.isDelimited || part.continued?.isLengthWrong === true;
    },
    take: (chunk, at) => (part.continued === undefined ? takeKnown(part, chunk, at) : part.continued.take(chunk, at)),
    end() {
      if (part.continued !== undefined) part.continued.end();
      else if (part.left > 0) options.skipped(length - part.left, 'truncated');
    },
  };
}

function takeKnown(part: Known, chunk: Buffer, at: number): number {
  if (part.keep === undefined) {
    // The first byte overrides the part's Content-Type.
    part.keep = part.options.wanted || chunk[at] === 0xff;
    part.collector.expect(part.keep ? part.length : 1);
  }
  const to = at + Math.min(part.left, chunk.length - at);
  if (part.keep) part.collector.append(chunk, at, to);
  part.left -= to - at;
  if (part.left === 0) complete(part);
  else if (part.keep) lookForEnd(part, chunk, at, to);
  return to;
}

function refuse({ options, length }: Known, reason: string): void {
  options.skipped(length, options.wanted ? reason : NO_PICTURE);
}

function complete(part: Known): void {
  const { options, collector } = part;
  if (!part.keep) {
    refuse(part, NO_PICTURE);
    return;
  }
  const bytes = collector.peek();
  const image = toImage(bytes, true);
  const isTooShort = part.length < MIN_PICTURE && bytes[0] === 0xff;
  if (!isRefusal(image)) deliver(part, image);
  else if (image.reason === 'truncated' || isTooShort) {
    // The length is too small: the rest of the picture precedes the next delimiter.
    part.continued = upToDelimiter(options, collector);
  } else repairOrRefuse(part, bytes, image.reason);
}

function repairOrRefuse(part: Known, bytes: Buffer, reason: string): void {
  const { options } = part;
  const unstrayed = reason === 'malformed JPEG' ? withoutStrayBytes(bytes) : undefined;
  const image = unstrayed && toImage(unstrayed, true);
  const begin = bytes.indexOf(SOI);
  if (image && !isRefusal(image)) {
    options.odd('stray_bytes');
    options.image(image);
  } else if (begin > 0 && begin <= MAX_BEFORE) {
    options.odd('bytes_before_picture');
    part.continued = upToDelimiter(options, undefined);
    part.continued.take(Buffer.from(bytes), 0);
  } else refuse(part, reason);
}

/** Delivers the picture. The delimiter may be in the bytes after it, which were read as a part of it. */
function deliver(part: Known, image: Image): void {
  const bytes = part.collector.take();
  part.options.image(image);
  const tail = bytes.length - image.data.length;
  if (tail <= 0 && part.left === 0) return;
  const after = bytes.subarray(image.data.length);
  part.continued = upToDelimiter({ ...part.options, wanted: false, skipped() {} }, undefined, part.left + after.length);
  const next = part.continued.take(after, 0);
  if (part.continued.state !== 'delimited') return;
  part.rest = Buffer.from(after.subarray(next));
  part.isDelimited = true;
}

/** Delivers a picture that ends before its length, without waiting for bytes that may never arrive. */
function lookForEnd(part: Known, chunk: Buffer, from: number, to: number): void {
  if (part.attempts >= MAX_ATTEMPTS || chunk.subarray(Math.max(from, to - TAIL), to).indexOf(EOI) === -1) return;
  part.attempts++;
  const image = toImage(part.collector.peek(), true);
  if (!isRefusal(image)) deliver(part, image);
}

/** The state of a part that ends with the next delimiter. */
interface Open {
  readonly options: PartOptions;
  /** The beginning, if it was read as a part of known length. */
  readonly begun: Collector | undefined;
  readonly begunBytes: number;
  readonly within: number | undefined;
  readonly search: DelimiterSearch;
  bytes: number;
  images: number;
  collector: Collector | undefined;
  framer: JpegFramer | undefined;
  wanted: boolean;
  reason: string;
  state: PartBody['state'];
}

/**
 * Without a length, a JPEG is followed to its end, so that it need not wait for the delimiter; a PNG is collected. With `within`, the
 * bytes after a picture are skipped: up to the delimiter, which shows that the length was wrong, or up to this number.
 */
function upToDelimiter(options: PartOptions, begun: Collector | undefined, within?: number): PartBody {
  const begunBytes = begun?.length ?? 0;
  const part: Open = {
    options,
    begun,
    begunBytes,
    within,
    search: createDelimiterSearch(options.needle),
    bytes: begunBytes,
    images: 0,
    collector: begun,
    framer: undefined,
    wanted: options.wanted,
    reason: NO_PICTURE,
    state: 'open',
  };
  return {
    get state() {
      return part.state;
    },
    rest: undefined,
    get isLengthWrong() {
      return within !== undefined && part.state === 'delimited';
    },
    take: (chunk, at) => takeOpen(part, chunk, at),
    end() {
      if (within === undefined) finish(part, 0);
    },
  };
}

function takeOpen(part: Open, chunk: Buffer, at: number): number {
  const { within, search } = part;
  const end = within === undefined ? chunk.length : Math.min(chunk.length, at + within - part.bytes);
  const found = search.find(end === chunk.length ? chunk : chunk.subarray(0, end), at);
  if (found === undefined && within !== undefined) {
    // These bytes belong to the part, if its length is right.
    part.bytes += end - at;
    if (part.bytes >= within) part.state = 'whole';
    return end;
  }
  feed(part, chunk, at, found?.body ?? chunk.length);
  if (found === undefined) return chunk.length;
  // The start of a delimiter at the end of the previous chunk was read as body.
  const over = Math.max(0, at - found.body);
  part.collector?.drop(Math.min(over, part.collector.length));
  part.bytes = Math.max(0, part.bytes - over);
  part.state = 'delimited';
  if (within === undefined) finish(part, over);
  else part.options.odd('part_length');
  return found.next;
}

function feed(part: Open, chunk: Buffer, from: number, to: number): void {
  if (to <= from) return;
  const { options, bytes } = part;
  if (bytes === 0 && part.within === undefined && chunk[from] === 0xff) part.wanted = true;
  if (part.wanted && part.collector === undefined && part.framer === undefined) {
    if (bytes === 0 && chunk[from] === 0x89) part.collector = createCollector(headroomGuess(options.expected ?? 0));
    // No byte before the first FF can be part of a JPEG.
    else if (chunk.subarray(from, to).includes(0xff)) part.framer = options.follow(sinkOf(part));
  }
  part.bytes += to - from;
  part.framer?.push(chunk.subarray(from, to));
  if (part.bytes <= options.maxFrame) part.collector?.append(chunk, from, to);
  else part.collector?.clear();
}

function sinkOf(part: Open): JpegSink {
  const { options } = part;
  return {
    image(data, { width, height }) {
      part.images++;
      options.image({ data, type: 'image/jpeg', width, height, hasHeadroom: true });
    },
    skipped(_, why) {
      // Garbage is the line end before the delimiter, or text, and is no error of a part with a picture.
      if (why !== 'garbage') part.reason = options.wanted ? why : NO_PICTURE;
    },
    odd: options.odd,
  };
}

function finish(part: Open, over: number): void {
  const { options, collector, bytes } = part;
  part.framer?.end(over);
  if (collector !== undefined && bytes <= options.maxFrame) {
    const image = toRepairedImage(collector.take(), options.odd);
    if (isRefusal(image)) part.reason = image.reason;
    else {
      part.images++;
      if (part.begun !== undefined && image.data.length > part.begunBytes) options.odd('part_length');
      options.image(image);
    }
  } else if (collector !== undefined) part.reason = 'over max_frame';
  if (part.images === 0 && bytes > 0) options.skipped(bytes, part.reason);
}
