// Walks through the records of a segment: finds the intact ones, and the damaged ranges between them.

import {
  decodeFacts,
  decodeFooter,
  decodeHead,
  decodeRecordHead,
  type Facts,
  FOOTER,
  RECORD_HEADER,
  type RecordHead,
  recordLength,
  SEGMENT_HEADER,
} from './format.ts';

/** Bytes that are read at a time in the search for the next record. */
const CHUNK = 256 * 1024;
/** Bytes of header and facts that are read at once; longer facts cost a second read. */
const FIRST_READ = 1024;

/** At most `length` bytes from `offset`; fewer at the end. */
export type Read = (offset: number, length: number) => Promise<Buffer>;

export type Found =
  | { readonly is: 'record'; readonly offset: number; readonly head: RecordHead; readonly facts: Facts }
  /** `length` bytes that are not an intact record. */
  | { readonly is: 'damaged'; readonly offset: number; readonly length: number };

/**
 * The eight bytes with which the segment's records begin, from its header or, if that is damaged, from its first record.
 * Undefined if neither can be read: then no record of the segment can be read.
 */
export async function markerOf(read: Read): Promise<{ marker: Buffer; sound: boolean } | undefined> {
  const bytes = await read(0, SEGMENT_HEADER + RECORD_HEADER);
  const head = decodeHead(bytes);
  if (head) return { marker: head.marker, sound: true };
  const candidates = [bytes.subarray(SEGMENT_HEADER, SEGMENT_HEADER + 8), bytes.subarray(8, 16)];
  for (const candidate of candidates) {
    if (candidate.length < 8) continue;
    const marker = Buffer.from(candidate);
    if (decodeRecordHead(bytes.subarray(SEGMENT_HEADER), marker)) return { marker, sound: false };
  }
  // The first record is damaged as well: another one may still have the marker of the header.
  const marker = Buffer.from(bytes.subarray(8, 16));
  return marker.length === 8 ? { marker, sound: false } : undefined;
}

/** All records and damaged ranges of the first `size` bytes, in order. Pictures are not read: delivery checks their CRC. */
export async function* walk(read: Read, marker: Buffer, size: number, from = SEGMENT_HEADER): AsyncGenerator<Found> {
  let damagedFrom: number | undefined;
  let at = from;
  const damage = function* (end: number): Generator<Found> {
    if (damagedFrom !== undefined && end > damagedFrom) {
      yield { is: 'damaged', offset: damagedFrom, length: end - damagedFrom };
    }
    damagedFrom = undefined;
  };
  while (at < size) {
    if (size - at === FOOTER && decodeFooter(await read(at, FOOTER), marker)) {
      yield* damage(at);
      return;
    }
    const bytes = await read(at, Math.min(FIRST_READ, size - at));
    const head = decodeRecordHead(bytes, marker);
    if (!head || at + recordLength(head) > size) {
      damagedFrom ??= at;
      at = await nextMarker(read, marker, at + 1, size);
      continue;
    }
    const end = RECORD_HEADER + head.factsLength;
    const whole = bytes.length >= end ? bytes : await read(at, end);
    const facts = decodeFacts(whole.subarray(RECORD_HEADER, end), head.factsCrc);
    if (facts) {
      yield* damage(at);
      yield { is: 'record', offset: at, head, facts };
    } else damagedFrom ??= at;
    at += recordLength(head);
  }
  yield* damage(size);
}

/** Offset of the next marker, else of the footer, else `size`. */
async function nextMarker(read: Read, marker: Buffer, from: number, size: number): Promise<number> {
  const footerAt = size - FOOTER;
  const hasFooter = footerAt >= from && decodeFooter(await read(footerAt, FOOTER), marker) !== undefined;
  const end = hasFooter ? footerAt : size;
  for (let at = from; at < end; at += CHUNK) {
    const bytes = await read(at, Math.min(CHUNK + marker.length - 1, end - at));
    const found = bytes.indexOf(marker);
    if (found >= 0) return at + found;
  }
  return end;
}
