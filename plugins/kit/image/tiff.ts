// Reads and extends the directories of a TIFF block (TIFF 6.0 section 2), in which EXIF stores its tags.

/** Field types that camd writes; others are copied unchanged. */
export const ASCII = 2;
export const SHORT = 3;
export const LONG = 4;
export const UNDEFINED = 7;

/** Bytes of one value of each field type, by its number. */
const SIZES: readonly number[] = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];
const HEADER = 8;
const ENTRY = 12;

export interface Entry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  /** Position of the value in the block: inside the entry when it has at most four bytes. */
  readonly at: number;
  /** Bytes of the value. */
  readonly size: number;
}

export interface Directory {
  readonly entries: readonly Entry[];
  /** Position of the next directory (the thumbnail's); 0 when there is none. */
  readonly next: number;
}

/** A value to be written, in the byte order of its block. */
export interface Value {
  readonly type: number;
  readonly count: number;
  readonly bytes: Buffer;
}

/** Byte order and the bytes, from "II" or "MM" on. */
export interface Tiff {
  readonly little: boolean;
  readonly bytes: Buffer;
}

/** undefined when the bytes are not a TIFF block. */
export function openTiff(bytes: Buffer): Tiff | undefined {
  if (bytes.length < HEADER) return undefined;
  const order = bytes.toString('latin1', 0, 2);
  if (order !== 'II' && order !== 'MM') return undefined;
  const tiff = { little: order === 'II', bytes };
  return word(tiff, 2) === 42 ? tiff : undefined;
}

/** A block without any entry. */
export function emptyTiff(): Tiff {
  const tiff = { little: false, bytes: Buffer.alloc(HEADER + 2 + 4) };
  tiff.bytes.write('MM', 'latin1');
  putWord(tiff, 2, 42);
  putLong(tiff, 4, HEADER);
  return tiff;
}

export const word = ({ little, bytes }: Tiff, at: number): number =>
  little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);

export const long = ({ little, bytes }: Tiff, at: number): number =>
  little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);

function putWord({ little, bytes }: Tiff, at: number, value: number): void {
  if (little) bytes.writeUInt16LE(value, at);
  else bytes.writeUInt16BE(value, at);
}

export function putLong({ little, bytes }: Tiff, at: number, value: number): void {
  if (little) bytes.writeUInt32LE(value, at);
  else bytes.writeUInt32BE(value, at);
}

/** The directory at `at`; undefined when it does not lie wholly within the block. Entries with a value outside of it are omitted. */
export function readDirectory(tiff: Tiff, at: number): Directory | undefined {
  const { bytes } = tiff;
  if (at < HEADER || at + 2 > bytes.length) return undefined;
  const count = word(tiff, at);
  const end = at + 2 + count * ENTRY;
  if (end > bytes.length) return undefined;
  const entries: Entry[] = [];
  for (let from = at + 2; from < end; from += ENTRY) {
    const type = word(tiff, from + 2);
    const values = long(tiff, from + 4);
    const size = (SIZES[type] ?? 0) * values;
    const place = size <= 4 ? from + 8 : long(tiff, from + 8);
    if (size === 0 || place + size > bytes.length) continue;
    entries.push({ tag: word(tiff, from), type, count: values, at: place, size });
  }
  // The pointer to the next directory is missing in blocks of some cameras.
  return { entries, next: end + 4 <= bytes.length ? long(tiff, end) : 0 };
}

export const firstDirectory = (tiff: Tiff): Directory | undefined => readDirectory(tiff, long(tiff, 4));

/**
 * Appends a directory with the entries of `old` and the `changes`. Existing data keeps its position, because maker notes contain
 * undocumented offsets. Returns the longer block and the position of the directory.
 */
export function appendDirectory(
  tiff: Tiff,
  old: Directory | undefined,
  changes: ReadonlyMap<number, Value>,
): { tiff: Tiff; at: number } {
  const kept = (old?.entries ?? []).filter(({ tag }) => !changes.has(tag));
  const rows = [
    ...kept.map((entry) => ({ ...entry, bytes: undefined })),
    ...[...changes].map(([tag, value]) => ({ tag, ...value, at: 0, size: value.bytes.length })),
  ].sort((a, b) => a.tag - b.tag);

  const at = even(tiff.bytes.length);
  const values = at + 2 + rows.length * ENTRY + 4;
  const length = rows.reduce((sum, { bytes }) => sum + (bytes && bytes.length > 4 ? even(bytes.length) : 0), values);
  const longer = { little: tiff.little, bytes: Buffer.alloc(length) };
  tiff.bytes.copy(longer.bytes);
  putWord(longer, at, rows.length);
  let row = at + 2;
  let free = values;
  for (const { tag, type, count, bytes, at: place, size } of rows) {
    putWord(longer, row, tag);
    putWord(longer, row + 2, type);
    putLong(longer, row + 4, count);
    if (size <= 4) (bytes ?? tiff.bytes.subarray(place, place + size)).copy(longer.bytes, row + 8);
    else if (bytes) {
      bytes.copy(longer.bytes, free);
      putLong(longer, row + 8, free);
      free += even(bytes.length);
    } else putLong(longer, row + 8, place);
    row += ENTRY;
  }
  putLong(longer, row, old?.next ?? 0);
  return { tiff: longer, at };
}

const even = (length: number): number => length + (length % 2);

const THUMBNAIL = 0x0201;

/** Removes the second directory, which holds the thumbnail; the thumbnail's bytes too if no data follows them, as is usual. */
export function dropThumbnail(tiff: Tiff): Tiff {
  const first = long(tiff, 4);
  const main = readDirectory(tiff, first);
  if (!main || main.next === 0) return tiff;
  const small = readDirectory(tiff, main.next);
  const picture = small?.entries.find(({ tag, type }) => tag === THUMBNAIL && type === LONG);
  const at = picture ? long(tiff, picture.at) : tiff.bytes.length;
  const length = small?.entries.find(({ tag, type }) => tag === THUMBNAIL + 1 && type === LONG);
  const isLast = length !== undefined && at + long(tiff, length.at) >= tiff.bytes.length - 1;
  const bytes = Buffer.from(isLast && at > HEADER ? tiff.bytes.subarray(0, at) : tiff.bytes);
  const shorter = { little: tiff.little, bytes };
  const next = first + 2 + word(tiff, first) * ENTRY;
  if (next + 4 > bytes.length) return tiff;
  putLong(shorter, next, 0);
  return shorter;
}
