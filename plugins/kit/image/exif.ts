// Reads EXIF tags of a JPEG and writes them without re-encoding the picture (Exif 2.32, CIPA DC-008).

import { followSegments, type Refusal } from './jpeg-header.ts';
import { APP0, APP1 } from './jpeg-markers.ts';
import {
  ASCII,
  appendDirectory,
  type Directory,
  dropThumbnail,
  emptyTiff,
  firstDirectory,
  LONG,
  long,
  openTiff,
  putLong,
  readDirectory,
  SHORT,
  type Tiff,
  UNDEFINED,
  type Value,
  word,
} from './tiff.ts';

export interface ExifTags {
  /** 1 to 8: how the pixels must be turned to show the picture upright. */
  readonly orientation?: number;
  readonly make?: string;
  readonly model?: string;
  readonly software?: string;
  readonly userComment?: string;
  /** Local time of the capture, "2026:11:26 05:08:53". */
  readonly dateTimeOriginal?: string;
  /** Digits after the second: "042" for 42 ms. */
  readonly subSecTimeOriginal?: string;
  /** Offset of that local time from UTC: "+01:00". */
  readonly offsetTimeOriginal?: string;
}

const ORIENTATION = 0x0112;
const EXIF_POINTER = 0x8769;
const USER_COMMENT = 0x9286;
/** Text tags of each directory. */
const MAIN_TEXTS = { make: 0x010f, model: 0x0110, software: 0x0131 } as const;
const PHOTO_TEXTS = { dateTimeOriginal: 0x9003, subSecTimeOriginal: 0x9291, offsetTimeOriginal: 0x9011 } as const;
const EXIF_VERSION = 0x9000;

const SIGNATURE = Buffer.from('Exif\0\0', 'latin1');
/** A segment's length field holds 65535 at most, itself included. */
const MAX_TIFF = 65535 - 2 - SIGNATURE.length;
const TEXT = Buffer.from('ASCII\0\0\0', 'latin1');
const UNICODE = Buffer.from('UNICODE\0', 'latin1');

/** Empty when the JPEG has no EXIF, or a damaged one. */
export function readExif(jpeg: Buffer): ExifTags {
  const block = findBlock(jpeg);
  const tiff = block && openTiff(block.tiff);
  return tiff ? tagsOf(tiff) : {};
}

/**
 * A copy of the JPEG with these tags set; all its other tags, its maker note and its pixels stay unchanged, byte for byte.
 * `thumbnail: 'drop'` removes the embedded thumbnail, which no longer matches a rotated picture.
 * Refused when the bytes are not a JPEG or the tags do not fit into the 64 KiB of a segment.
 */
export function writeExif(jpeg: Buffer, tags: ExifTags, thumbnail: 'keep' | 'drop' = 'keep'): Buffer | Refusal {
  const block = findBlock(jpeg);
  if (!block) return { reason: 'malformed JPEG' };
  const found = openTiff(block.tiff);
  const old = found && thumbnail === 'drop' ? dropThumbnail(found) : found;
  const merged = old && setTags(old, tags);
  // In a damaged block values overlap: tags that cannot be read back are written into a new block.
  const tiff = merged && holds(merged, tags) ? merged : setTags(emptyTiff(), tags);
  if (tiff.bytes.length > MAX_TIFF) return { reason: 'EXIF over 64 KiB' };
  const head = Buffer.alloc(4 + SIGNATURE.length);
  head.writeUInt16BE(0xff00 | APP1);
  head.writeUInt16BE(2 + SIGNATURE.length + tiff.bytes.length, 2);
  SIGNATURE.copy(head, 4);
  return Buffer.concat([jpeg.subarray(0, block.start), head, tiff.bytes, jpeg.subarray(block.end)]);
}

function tagsOf(tiff: Tiff): ExifTags {
  const main = firstDirectory(tiff);
  if (!main) return {};
  const photo = photoDirectory(tiff, main);
  const orientation = orientationOf(tiff, main);
  const userComment = commentOf(tiff, photo);
  return {
    ...(orientation === undefined ? {} : { orientation }),
    ...textsOf(tiff, main, MAIN_TEXTS),
    ...textsOf(tiff, photo, PHOTO_TEXTS),
    ...(userComment === undefined ? {} : { userComment }),
  };
}

function holds(tiff: Tiff, tags: ExifTags): boolean {
  const found: Readonly<Record<string, unknown>> = { ...tagsOf(tiff) };
  return Object.entries(tags).every(
    ([name, value]) => found[name] === (typeof value === 'string' ? untilNul(value) : value),
  );
}

interface Block {
  /** Position of the segment, or of a new one: after the JFIF header, which must come first. */
  readonly start: number;
  readonly end: number;
  readonly tiff: Buffer;
}

function findBlock(jpeg: Buffer): Block | undefined {
  if (jpeg[0] !== 0xff || jpeg[1] !== 0xd8) return undefined;
  let found: Block | undefined;
  let free = 2;
  const end = followSegments(jpeg, 2, ({ code, start, from, to }) => {
    if (code === APP0 && start === free) free = to;
    if (code !== APP1 || jpeg.compare(SIGNATURE, 0, SIGNATURE.length, from, Math.min(to, from + 6)) !== 0) return true;
    found = { start, end: to, tiff: jpeg.subarray(from + SIGNATURE.length, to) };
    return false;
  });
  if (found) return found;
  return typeof end === 'number' ? { start: free, end: free, tiff: jpeg.subarray(0, 0) } : undefined;
}

function photoDirectory(tiff: Tiff, main: Directory): Directory | undefined {
  const pointer = main.entries.find(({ tag, type }) => tag === EXIF_POINTER && type === LONG);
  return pointer && readDirectory(tiff, long(tiff, pointer.at));
}

function orientationOf(tiff: Tiff, main: Directory): number | undefined {
  const entry = main.entries.find(({ tag, type }) => tag === ORIENTATION && type === SHORT);
  const value = entry && word(tiff, entry.at);
  return value !== undefined && value >= 1 && value <= 8 ? value : undefined;
}

function textsOf<Name extends string>(
  tiff: Tiff,
  directory: Directory | undefined,
  names: Readonly<Record<Name, number>>,
): Partial<Record<Name, string>> {
  const texts: Partial<Record<Name, string>> = {};
  for (const name in names) {
    const entry = directory?.entries.find(({ tag, type }) => tag === names[name] && type === ASCII);
    if (!entry) continue;
    const text = tiff.bytes.toString('utf8', entry.at, entry.at + entry.size);
    texts[name] = untilNul(text);
  }
  return texts;
}

const untilNul = (text: string): string => text.split('\0', 1)[0] ?? '';

/**
 * Exif 2.32 section 4.6.5: eight bytes name the character set. UNICODE is UTF-16; writers disagree about its byte order (piexif always
 * writes and expects big endian, others that of the block), so the order that yields more Latin letters is used.
 */
function commentOf(tiff: Tiff, photo: Directory | undefined): string | undefined {
  const entry = photo?.entries.find(({ tag }) => tag === USER_COMMENT);
  if (!entry || entry.size < TEXT.length) return undefined;
  const code = tiff.bytes.subarray(entry.at, entry.at + TEXT.length);
  const text = Buffer.from(tiff.bytes.subarray(entry.at + TEXT.length, entry.at + entry.size));
  if (!code.equals(UNICODE)) return untilNul(text.toString('utf8'));
  const pairs = text.subarray(0, text.length - (text.length % 2));
  return untilNul((bigEndian(pairs, !tiff.little) ? pairs.swap16() : pairs).toString('utf16le'));
}

function bigEndian(pairs: Buffer, otherwise: boolean): boolean {
  let even = 0;
  let odd = 0;
  for (let at = 0; at < pairs.length; at += 2) {
    if (pairs[at] === 0) even++;
    if (pairs[at + 1] === 0) odd++;
  }
  return even === odd ? otherwise : even > odd;
}

function setTags(tiff: Tiff, tags: ExifTags): Tiff {
  const main = new Map<number, Value>();
  const photo = new Map<number, Value>();
  if (tags.orientation !== undefined) main.set(ORIENTATION, short(tiff, tags.orientation));
  setTexts(main, tags, MAIN_TEXTS);
  setTexts(photo, tags, PHOTO_TEXTS);
  if (tags.userComment !== undefined) photo.set(USER_COMMENT, comment(tags.userComment));

  const changed = { little: tiff.little, bytes: Buffer.from(tiff.bytes) };
  const oldMain = firstDirectory(changed);
  const oldPhoto = oldMain && photoDirectory(changed, oldMain);
  overwrite(changed, oldMain, main);
  overwrite(changed, oldPhoto, photo);
  let result: Tiff = changed;
  if (photo.size > 0) {
    if (!oldPhoto) photo.set(EXIF_VERSION, { type: UNDEFINED, count: 4, bytes: Buffer.from('0232', 'latin1') });
    const appended = appendDirectory(result, oldPhoto, photo);
    result = appended.tiff;
    const pointer = { type: LONG, count: 1, bytes: Buffer.alloc(4) };
    putLong({ little: tiff.little, bytes: pointer.bytes }, 0, appended.at);
    main.set(EXIF_POINTER, pointer);
    overwrite(result, oldMain, main);
  }
  if (main.size > 0) {
    const appended = appendDirectory(result, oldMain, main);
    result = appended.tiff;
    putLong(result, 4, appended.at);
  }
  return result;
}

/** Overwrites old values of the same length in place, so that writing the same tags again does not enlarge the block. */
function overwrite(tiff: Tiff, directory: Directory | undefined, values: Map<number, Value>): void {
  for (const { tag, type, count, at, size } of directory?.entries ?? []) {
    const value = values.get(tag);
    if (!value || value.type !== type || value.count !== count || value.bytes.length !== size) continue;
    value.bytes.copy(tiff.bytes, at);
    values.delete(tag);
  }
}

function setTexts<Name extends keyof ExifTags>(
  values: Map<number, Value>,
  tags: ExifTags,
  names: Readonly<Record<Name, number>>,
): void {
  for (const name in names) {
    const text = tags[name];
    if (typeof text !== 'string') continue;
    const bytes = Buffer.from(`${text}\0`, 'utf8');
    values.set(names[name], { type: ASCII, count: bytes.length, bytes });
  }
}

function short({ little }: Tiff, value: number): Value {
  const bytes = Buffer.alloc(2);
  if (little) bytes.writeUInt16LE(value);
  else bytes.writeUInt16BE(value);
  return { type: SHORT, count: 1, bytes };
}

/** UTF-16 in big endian order, regardless of the block's order, because piexif and others expect it. */
function comment(text: string): Value {
  const bytes = Buffer.concat([UNICODE, Buffer.from(text, 'utf16le').swap16()]);
  return { type: UNDEFINED, count: bytes.length, bytes };
}
