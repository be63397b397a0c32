// A baseline JPEG encoder for drawn pictures; it transforms only the blocks that changed.

import { allocate, HEADROOM, settle } from '../../../core/contract/frame.ts';
import { STANDARD_DHT, standardCodes } from '../image/huffman.ts';
import type { Canvas } from './canvas.ts';
import { forwardDct, reciprocals, ZIGZAG } from './forward-dct.ts';

/** Units between restart markers: unchanged intervals are reused from the previous picture. */
const INTERVAL = 5;
/** Blocks of a unit of 16x16 pixels: four of luminance, one of each colour difference (T.81 §A.2.3). */
const BLOCKS = 6;
/** An interval has 64 words in each block, of at most 26 bits; stuffed zeros can double its bytes. */
const MAX_INTERVAL_BYTES = INTERVAL * BLOCKS * 64 * 4 * 2;

/** Quantiser steps by frequency: fine enough that text on a flat background shows no ringing. */
const STEPS = [
  Array.from({ length: 64 }, (_, at) => 2 + Math.round(((at >> 3) + (at & 7)) * 0.7)),
  Array.from({ length: 64 }, (_, at) => 3 + (at >> 3) + (at & 7)),
] as const;

/** Bits and their number, packed so that 26 bits of a run, a size and a value fit. */
const pack = (bits: number, length: number): number => bits * 32 + length;

/** Each call returns the current canvas as a JPEG in a new buffer with headroom. */
export function createJpegEncoder(canvas: Canvas): () => Buffer {
  const units = canvas.across * canvas.down;
  const head = fileHead(canvas);
  const dcs = new Int16Array(units * BLOCKS);
  const kinds = STEPS.map((steps, id) => createBlockCoder(steps, id === 0 ? 0 : 1));
  const [luma, chroma] = kinds;
  if (luma === undefined || chroma === undefined) throw new RangeError('two kinds of blocks');
  const acs: Uint32Array[] = Array.from({ length: units * BLOCKS }, (_, at) => (at % BLOCKS < 4 ? luma : chroma).flat);
  const stretches: Uint8Array[] = new Array(Math.ceil(units / INTERVAL)).fill(new Uint8Array(0));
  const writer = createBitWriter();
  const stride = canvas.across * 16;

  const transformUnit = (unit: number) => {
    const x = (unit % canvas.across) * 16;
    const y = Math.floor(unit / canvas.across) * 16;
    for (let block = 0; block < BLOCKS; block++) {
      const index = unit * BLOCKS + block;
      const coder = block < 4 ? luma : chroma;
      const plane = canvas.planes[block < 4 ? 0 : block === 4 ? 1 : 2];
      const width = block < 4 ? stride : stride >> 1;
      const at = block < 4 ? (y + (block >> 1) * 8) * width + x + (block & 1) * 8 : (y >> 1) * width + (x >> 1);
      acs[index] = coder.transform(plane, at, width);
      dcs[index] = coder.dc();
    }
  };
  const encodeStretch = (stretch: number): Uint8Array => {
    writer.begin();
    const previous = [0, 0, 0];
    const last = Math.min(units, (stretch + 1) * INTERVAL) * BLOCKS;
    for (let index = stretch * INTERVAL * BLOCKS; index < last; index++) {
      const block = index % BLOCKS;
      const component = block < 4 ? 0 : block - 3;
      const coder = block < 4 ? luma : chroma;
      const dc = dcs[index] ?? 0;
      writer.put(coder.difference(dc - (previous[component] ?? 0)));
      previous[component] = dc;
      const words = acs[index] ?? coder.flat;
      for (let word = 0; word < words.length; word++) writer.put(words[word] ?? 0);
    }
    return writer.finish();
  };

  return () => {
    let total = head.length + 2;
    for (let stretch = 0; stretch < stretches.length; stretch++) {
      const first = stretch * INTERVAL;
      const last = Math.min(units, first + INTERVAL);
      let dirty = false;
      for (let unit = first; unit < last; unit++) {
        if (canvas.changed[unit] === 0) continue;
        canvas.changed[unit] = 0;
        transformUnit(unit);
        dirty = true;
      }
      if (dirty) stretches[stretch] = encodeStretch(stretch);
      total += (stretches[stretch]?.length ?? 0) + (stretch > 0 ? 2 : 0);
    }
    const output = allocate(total);
    let at = HEADROOM;
    output.set(head, at);
    at += head.length;
    stretches.forEach((bytes, stretch) => {
      if (stretch > 0) at = output.writeUInt16BE(0xffd0 + ((stretch - 1) & 7), at);
      output.set(bytes, at);
      at += bytes.length;
    });
    output.writeUInt16BE(0xffd9, at);
    return settle(output, total);
  };
}

interface BlockCoder {
  /** The AC part of the block whose first sample is at `at`; afterwards `dc` holds its mean. */
  transform(plane: Uint8Array, at: number, stride: number): Uint32Array;
  dc(): number;
  /** The code of a difference between two DC values. */
  difference(value: number): number;
  /** The AC part of a block of one colour. */
  readonly flat: Uint32Array;
}

function createBlockCoder(steps: readonly number[], id: 0 | 1): BlockCoder {
  const factors = reciprocals(steps);
  const dcCodes = standardCodes('dc', id);
  const acCodes = standardCodes('ac', id);
  const samples = new Float64Array(64);
  const out = new Int16Array(64);
  const words = new Uint32Array(128);
  const word = (codes: typeof dcCodes, run: number, value: number): number => {
    const size = 32 - Math.clz32(Math.abs(value));
    const symbol = (run << 4) | size;
    const bits = value < 0 ? value + (1 << size) - 1 : value;
    return pack(((codes.code[symbol] ?? 0) << size) | bits, (codes.length[symbol] ?? 0) + size);
  };
  const end = pack(acCodes.code[0] ?? 0, acCodes.length[0] ?? 0);
  const sixteen = pack(acCodes.code[0xf0] ?? 0, acCodes.length[0xf0] ?? 0);
  const flat = Uint32Array.of(end);
  const differences = Uint32Array.from({ length: 4096 }, (_, at) => word(dcCodes, 0, at - 2048));
  let dc = 0;

  return {
    flat,
    dc: () => dc,
    difference: (value) => differences[value + 2048] ?? 0,
    transform(plane, at, stride) {
      const first = plane[at] ?? 0;
      let same = true;
      for (let row = 0, index = 0; row < 8; row++, at += stride) {
        for (let column = 0; column < 8; column++, index++) {
          const sample = plane[at + column] ?? 0;
          same = same && sample === first;
          samples[index] = sample - 128;
        }
      }
      if (same) {
        dc = Math.round(((first - 128) * 8) / (steps[0] ?? 1));
        return flat;
      }
      forwardDct(samples, factors, out);
      dc = out[0] ?? 0;
      let count = 0;
      let run = 0;
      for (let index = 1; index < 64; index++) {
        const value = out[ZIGZAG[index] ?? 0] ?? 0;
        if (value === 0) {
          run++;
          continue;
        }
        for (; run > 15; run -= 16) words[count++] = sixteen;
        words[count++] = word(acCodes, run, value);
        run = 0;
      }
      if (run > 0) words[count++] = end;
      return words.slice(0, count);
    },
  };
}

function createBitWriter() {
  const bytes = new Uint8Array(MAX_INTERVAL_BYTES);
  let length = 0;
  let held = 0;
  let count = 0;
  const flush = () => {
    while (count >= 8) {
      count -= 8;
      const byte = (held >>> count) & 0xff;
      bytes[length++] = byte;
      if (byte === 0xff) bytes[length++] = 0;
    }
  };
  return {
    begin() {
      length = 0;
      held = 0;
      count = 0;
    },
    put(packed: number) {
      let size = packed & 31;
      const bits = packed >>> 5;
      // Up to 7 bits are pending and up to 26 are added: too many for one 32-bit step.
      if (size > 16) {
        size -= 16;
        held = (held << size) | (bits >>> 16);
        count += size;
        flush();
        held = (held << 16) | (bits & 0xffff);
        count += 16;
      } else {
        held = (held << size) | bits;
        count += size;
      }
      flush();
    },
    finish(): Uint8Array {
      if (count > 0) {
        held = (held << (8 - count)) | ((1 << (8 - count)) - 1);
        count = 8;
        flush();
      }
      return bytes.slice(0, length);
    },
  };
}

/** Everything up to the entropy-coded data: JFIF, tables, size 4:2:0, restart interval (T.81 §B.2). */
function fileHead({ width, height }: Canvas): Buffer {
  const word = (value: number) => [value >> 8, value & 0xff];
  const segment = (code: number, body: readonly number[]) => [0xff, code, ...word(body.length + 2), ...body];
  const steps = (id: 0 | 1) => [id, ...ZIGZAG.map((at) => STEPS[id][at] ?? 1)];
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    Buffer.from(segment(0xe0, [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0])),
    Buffer.from(segment(0xdb, [...steps(0), ...steps(1)])),
    Buffer.from(segment(0xc0, [8, ...word(height), ...word(width), 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1])),
    STANDARD_DHT,
    Buffer.from(segment(0xdd, word(INTERVAL))),
    Buffer.from(segment(0xda, [3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0])),
  ]);
}
