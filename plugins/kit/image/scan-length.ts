// Counts the blocks in the scan of a sequential JPEG, to distinguish a picture without its EOI from a truncated one.

import { followSegments } from './jpeg-header.ts';
import { DHT, SOS } from './jpeg-markers.ts';

/** Larger pictures are not checked: following a scan takes some 60 ms per megabyte. */
export const MAX_SCAN_BYTES = 512 * 1024;

const DRI = 0xdd;
const BITS = 16;

interface Component {
  readonly id: number;
  readonly across: number;
  readonly down: number;
}

interface Layout {
  readonly width: number;
  readonly height: number;
  readonly components: readonly Component[];
}

/** Index by the next 16 bits: length << 8 | symbol; 0: no such code. */
type Codes = Uint16Array;

/**
 * End of the entropy-coded data of the only scan. Undefined when blocks are missing, and for pictures of another kind: progressive,
 * arithmetic, or with several scans. `data` begins with SOI (T.81 §F.2).
 */
export function scanLength(data: Buffer): number | undefined {
  if (data.length > MAX_SCAN_BYTES) return undefined;
  const tables = new Map<number, Codes>();
  let layout: Layout | undefined;
  let interval = 0;
  const scan = followSegments(data, 2, ({ code, from, to }) => {
    const content = data.subarray(from, to);
    if (code === DHT) readTables(content, tables);
    if (code === DRI && content.length >= 2) interval = content.readUInt16BE(0);
    if (code === 0xc0 || code === 0xc1) layout = readLayout(content);
    return true;
  });
  if (typeof scan !== 'number' || layout === undefined || data[scan + 1] !== SOS) return undefined;
  const units = unitsOf(data, scan, layout, tables);
  return units && follow(data, units, interval);
}

function readTables(content: Buffer, tables: Map<number, Codes>): void {
  let at = 0;
  while (at + 17 <= content.length) {
    const id = content[at] ?? 0;
    const codes = new Uint16Array(1 << BITS);
    let code = 0;
    let symbol = at + 17;
    for (let length = 1; length <= BITS; length++) {
      for (let count = content[at + length] ?? 0; count > 0; count--) {
        const first = code << (BITS - length);
        codes.fill((length << 8) | (content[symbol++] ?? 0), first, first + (1 << (BITS - length)));
        code++;
      }
      code <<= 1;
    }
    tables.set(id, codes);
    at = symbol;
  }
}

function readLayout(content: Buffer): Layout | undefined {
  const count = content[5] ?? 0;
  if (content.length < 6 + 3 * count) return undefined;
  const components = Array.from({ length: count }, (_, index): Component => {
    const at = 6 + 3 * index;
    const sampling = content[at + 1] ?? 0;
    return { id: content[at] ?? 0, across: sampling >> 4, down: sampling & 15 };
  });
  const isSound = components.every(({ across, down }) => across > 0 && across <= 4 && down > 0 && down <= 4);
  return isSound ? { height: content.readUInt16BE(1), width: content.readUInt16BE(3), components } : undefined;
}

interface Units {
  /** Position of the entropy-coded data. */
  readonly start: number;
  readonly count: number;
  /** The tables of each block of a unit. */
  readonly blocks: readonly { readonly dc: Codes; readonly ac: Codes }[];
}

function unitsOf(data: Buffer, scan: number, layout: Layout, tables: ReadonlyMap<number, Codes>): Units | undefined {
  const count = data[scan + 4] ?? 0;
  const start = scan + 2 + (scan + 4 < data.length ? data.readUInt16BE(scan + 2) : 0);
  if (count !== layout.components.length) return undefined;
  const isSingle = count === 1;
  const blocks: { dc: Codes; ac: Codes }[] = [];
  for (let index = 0; index < count; index++) {
    const component = layout.components.find(({ id }) => id === data[scan + 5 + 2 * index]);
    const choice = data[scan + 6 + 2 * index] ?? 0;
    const dc = tables.get(choice >> 4);
    const ac = tables.get(0x10 | (choice & 15));
    if (!component || !dc || !ac) return undefined;
    const times = isSingle ? 1 : component.across * component.down;
    for (let block = 0; block < times; block++) blocks.push({ dc, ac });
  }
  const most = (read: (component: Component) => number): number =>
    isSingle ? 1 : Math.max(...layout.components.map(read));
  const across = Math.ceil(layout.width / (8 * most(({ across }) => across)));
  const down = Math.ceil(layout.height / (8 * most(({ down }) => down)));
  return { start, count: across * down, blocks };
}

function follow(data: Buffer, { start, count, blocks }: Units, interval: number): number | undefined {
  let at = start;
  let held = 0;
  let bits = 0;
  /** Filler bits beyond the end of the data, needed to look up the last code. */
  let padding = 0;

  const fill = (): void => {
    while (bits <= 16) {
      const byte = at < data.length && !(data[at] === 0xff && data[at + 1] !== 0) ? data[at] : undefined;
      if (byte === undefined) padding += 8;
      else at += byte === 0xff ? 2 : 1;
      held = ((held << 8) | (byte ?? 0xff)) & 0xffffffff;
      bits += 8;
    }
  };
  const symbol = (codes: Codes): number => {
    fill();
    const found = codes[(held >>> (bits - BITS)) & 0xffff] ?? 0;
    bits -= found >> 8;
    return found === 0 ? -1 : found & 0xff;
  };
  const skip = (length: number): void => {
    fill();
    bits -= length;
  };
  const block = (dc: Codes, ac: Codes): boolean => {
    const size = symbol(dc);
    if (size < 0 || size > 16) return false;
    skip(size);
    for (let k = 1; k < 64; k++) {
      const code = symbol(ac);
      if (code < 0) return false;
      if (code === 0) return true;
      k += code >> 4;
      skip(code & 15);
    }
    return true;
  };
  const restart = (): boolean => {
    if (padding > bits) return false;
    bits = 0;
    padding = 0;
    const isMarker = data[at] === 0xff && ((data[at + 1] ?? 0) & 0xf8) === 0xd0;
    at += 2;
    return isMarker;
  };

  for (let unit = 0; unit < count; unit++) {
    if (interval > 0 && unit > 0 && unit % interval === 0 && !restart()) return undefined;
    for (const { dc, ac } of blocks) if (!block(dc, ac)) return undefined;
    // More bits were used than the data has: the picture is truncated.
    if (padding > bits) return undefined;
  }
  return at - Math.floor(Math.max(0, bits - padding) / 8);
}
