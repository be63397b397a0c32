// Builds real, decodable JPEGs in every form that parsers must handle.

import { dhtSegment, type HuffmanCodes, STANDARD_TABLES, standardCodes } from '../plugins/kit/image/huffman.ts';

export interface SampleJpeg {
  /** Pixels. Default 64x48. */
  readonly width?: number;
  readonly height?: number;
  /** Pictures with different seeds have different colours and bytes. Default 1. */
  readonly seed?: number;
  /** AC coefficients per block: more of them make a larger, noisier picture. Default 2. */
  readonly detail?: number;
  /** An EXIF APP1 segment with a whole small JPEG (true), or with these bytes. */
  readonly thumbnail?: boolean | Buffer;
  /** Several scans, with tables between them (T.81 §G). */
  readonly progressive?: boolean;
  /** MCUs between restart markers. */
  readonly restartInterval?: number;
  /** Fill bytes (FF) before every marker after SOI (T.81 §B.1.1.2). */
  readonly fill?: number;
  /** False leaves the Huffman tables out, as UVC cameras do. Default true. */
  readonly tables?: boolean;
  /** A COM segment with these bytes. */
  readonly comment?: Buffer;
}

/** A JPEG with three components, 4:4:4: coloured 8x8 blocks with some noise. */
export function sampleJpeg(options: SampleJpeg = {}): Buffer {
  const { width = 64, height = 48, seed = 1, detail = 2, progressive = false, restartInterval = 0 } = options;
  const blocks = makeBlocks(Math.ceil(width / 8) * Math.ceil(height / 8), Math.ceil(width / 8), seed, detail);
  const fill = Buffer.alloc(options.fill ?? 0, 0xff);
  const parts: Buffer[] = [Buffer.from([0xff, 0xd8])];
  const segment = (marker: number, body: Buffer | readonly number[]) =>
    parts.push(fill, Buffer.from([0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 0xff]), Buffer.from(body));

  segment(0xe0, [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]);
  const thumbnail =
    options.thumbnail === true ? sampleJpeg({ width: 16, height: 16, seed: seed + 7 }) : options.thumbnail;
  if (thumbnail) segment(0xe1, exif(thumbnail));
  if (options.comment) segment(0xfe, options.comment);
  segment(0xdb, [0, ...Array.from({ length: 64 }, (_, index) => (index === 0 ? 8 : 6))]);
  const components = [1, 2, 3].flatMap((id) => [id, 0x11, 0]);
  segment(progressive ? 0xc2 : 0xc0, [8, height >> 8, height & 0xff, width >> 8, width & 0xff, 3, ...components]);
  if (restartInterval > 0) segment(0xdd, [restartInterval >> 8, restartInterval & 0xff]);
  const tables = (kinds: readonly string[]) => {
    const chosen = STANDARD_TABLES.filter(({ kind, id }) => id === 0 && kinds.includes(kind));
    if (options.tables !== false) parts.push(fill, dhtSegment(chosen));
  };
  const scan = (ids: readonly number[], from: number, to: number) => {
    segment(0xda, [ids.length, ...ids.flatMap((id) => [id, 0]), from, to, 0]);
    parts.push(encodeScan(blocks, ids, from, to, progressive, restartInterval));
  };
  if (progressive) {
    tables(['dc']);
    scan([1, 2, 3], 0, 0);
    for (const id of [1, 2, 3]) {
      tables(['ac']);
      scan([id], 1, 63);
    }
  } else {
    tables(['dc', 'ac']);
    scan([1, 2, 3], 0, 63);
  }
  parts.push(fill, Buffer.from([0xff, 0xd9]));
  return Buffer.concat(parts);
}

/** An EXIF block (TIFF, one IFD chain) whose IFD1 points at a JPEG thumbnail. */
function exif(thumbnail: Buffer): Buffer {
  const entry = (tag: number, value: number) => {
    const bytes = Buffer.alloc(12);
    bytes.writeUInt16LE(tag, 0);
    bytes.writeUInt16LE(4, 2);
    bytes.writeUInt32LE(1, 4);
    bytes.writeUInt32LE(value, 8);
    return bytes;
  };
  const offset = 8 + 6 + 2 + 24 + 4;
  return Buffer.concat([
    Buffer.from('Exif\0\0II*\0\x08\0\0\0\0\0\x0e\0\0\0', 'latin1'),
    Buffer.from([2, 0]),
    entry(0x0201, offset),
    entry(0x0202, thumbnail.length),
    Buffer.alloc(4),
    thumbnail,
  ]);
}

/** A small generator (mulberry32): the same seed gives the same numbers in [0, 1). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

/** Per component and block: DC, then `detail` AC coefficients, in zigzag order. */
type Blocks = readonly (readonly (readonly number[])[])[];

function makeBlocks(count: number, perRow: number, seed: number, detail: number): Blocks {
  const next = random(seed);
  return [0, 1, 2].map((component) =>
    Array.from({ length: count }, (_, index) => {
      const wave =
        Math.sin((index % perRow) / 5 + seed + component * 2) + Math.cos(Math.floor(index / perRow) / 4 + seed);
      const noise = Array.from({ length: Math.min(detail, 63) }, () => Math.round((next() - 0.5) * 6));
      return [Math.round(wave * 50), ...noise];
    }),
  );
}

function encodeScan(
  blocks: Blocks,
  ids: readonly number[],
  from: number,
  to: number,
  progressive: boolean,
  interval: number,
): Buffer {
  const dc = standardCodes('dc', 0);
  const ac = standardCodes('ac', 0);
  const bits = bitWriter();
  const predictions = new Map<number, number>();
  const count = blocks[0]?.length ?? 0;
  for (let index = 0; index < count; index++) {
    if (interval > 0 && index > 0 && index % interval === 0) {
      bits.restart((index / interval - 1) % 8);
      predictions.clear();
    }
    for (const id of ids) {
      const block = blocks[id - 1]?.[index] ?? [];
      if (from === 0) {
        const value = block[0] ?? 0;
        bits.coefficient(dc, 0, value - (predictions.get(id) ?? 0));
        predictions.set(id, value);
      }
      if (to > 0 || !progressive) encodeAc(bits, ac, block, to);
    }
  }
  return bits.finish();
}

function encodeAc(bits: BitWriter, codes: HuffmanCodes, block: readonly number[], to: number): void {
  let run = 0;
  let at = 1;
  for (; at <= to && at < block.length; at++) {
    const value = block[at] ?? 0;
    if (value === 0) {
      run++;
      continue;
    }
    for (; run > 15; run -= 16) bits.symbol(codes, 0xf0);
    bits.coefficient(codes, run, value);
    run = 0;
  }
  if (at <= to || run > 0) bits.symbol(codes, 0x00);
}

interface BitWriter {
  symbol(codes: HuffmanCodes, symbol: number): void;
  /** A run and size symbol, then the value's own bits (T.81 §F.1.2). */
  coefficient(codes: HuffmanCodes, run: number, value: number): void;
  restart(number: number): void;
  finish(): Buffer;
}

function bitWriter(): BitWriter {
  const bytes: number[] = [];
  let held = 0;
  let count = 0;
  const put = (value: number, length: number) => {
    for (let bit = length - 1; bit >= 0; bit--) {
      held = (held << 1) | ((value >> bit) & 1);
      if (++count < 8) continue;
      bytes.push(held);
      if (held === 0xff) bytes.push(0);
      held = 0;
      count = 0;
    }
  };
  const align = () => {
    while (count > 0) put(1, 1);
  };
  const symbol = (codes: HuffmanCodes, value: number) => put(codes.code[value] ?? 0, codes.length[value] ?? 0);
  return {
    symbol,
    coefficient(codes, run, value) {
      const size = 32 - Math.clz32(Math.abs(value));
      symbol(codes, (run << 4) | size);
      put(value < 0 ? value + (1 << size) - 1 : value, size);
    },
    restart(number) {
      align();
      bytes.push(0xff, 0xd0 + number);
    },
    finish() {
      align();
      return Buffer.from(bytes);
    },
  };
}
