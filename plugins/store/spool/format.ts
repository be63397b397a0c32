// The format of a spool's segments and acknowledgement files, as pure functions. docs/durability.md describes it.

import type { Fact, Frame, ImageType } from '../../../core/contract/frame.ts';
import { crc32c } from './crc32c.ts';

/** "camdSPL1": the format and its version. */
const MAGIC = Buffer.from('camdSPL1', 'latin1');
const ACK_MAGIC = Buffer.from('camdACK1', 'latin1');
const FOOTER_MAGIC = Buffer.from('camdEND1', 'latin1');

/** Bytes of a segment's header: magic 8, marker 8, number 8, created 8, CRC 4. */
export const SEGMENT_HEADER = 36;
/** Bytes of a record's header: marker 8, length of the facts 4, of the picture 4, time 8, CRC of the facts 4, of the picture 4, of these 32 bytes 4. */
export const RECORD_HEADER = 36;
/** Bytes of a footer: magic 8, marker 8, records 4, newest time 8, CRC 4. */
export const FOOTER = 32;
/** Bytes of an acknowledgement file's header: magic 8, marker 8. */
export const ACK_HEADER = 16;
/** Bytes of one acknowledgement: offset of the record 4, CRC 4. */
export const ACK = 8;
/** Limit of the facts of one frame, as bytes of JSON. */
export const MAX_FACTS = 64 * 1024;
/** Limit of one picture, in bytes: offsets within a segment have 32 bits. */
export const MAX_PICTURE = 512 * 2 ** 20;

export interface SegmentHead {
  /**
   * Eight random bytes of this segment. Every record begins with them: an older record inside a picture is not mistaken for a
   * record, and an acknowledgement of another segment is ignored.
   */
  readonly marker: Buffer;
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly created: number;
}

export function encodeHead({ marker, number, created }: SegmentHead): Buffer {
  const head = Buffer.alloc(SEGMENT_HEADER);
  MAGIC.copy(head, 0);
  marker.copy(head, 8);
  head.writeBigUInt64LE(BigInt(number), 16);
  head.writeDoubleLE(created, 24);
  return withCrc(head);
}

/** Undefined if the header is damaged. */
export function decodeHead(bytes: Buffer): SegmentHead | undefined {
  if (bytes.length < SEGMENT_HEADER || !bytes.subarray(0, 8).equals(MAGIC)) return undefined;
  const head = bytes.subarray(0, SEGMENT_HEADER);
  if (!hasCrc(head)) return undefined;
  return {
    marker: Buffer.from(head.subarray(8, 16)),
    number: Number(head.readBigUInt64LE(16)),
    created: head.readDoubleLE(24),
  };
}

/** The facts of a record about its frame, without the picture. */
export interface Facts {
  readonly camera: string;
  readonly key: string;
  readonly time: number;
  readonly type: ImageType;
  readonly width: number;
  readonly height: number;
  readonly meta: Readonly<Record<string, Fact>>;
}

export interface RecordHead {
  readonly factsLength: number;
  readonly pictureLength: number;
  /** When the spool stored the frame, milliseconds since the epoch. */
  readonly taken: number;
  readonly factsCrc: number;
  readonly pictureCrc: number;
}

/** Bytes from the beginning of this record to the next one. */
export const recordLength = ({ factsLength, pictureLength }: RecordHead): number =>
  RECORD_HEADER + factsLength + pictureLength;

export const factsOf = ({ camera, key, time, type, width, height, meta }: Omit<Frame, 'data'>): Buffer =>
  Buffer.from(JSON.stringify({ camera, key, time, type, width, height, meta }));

/** Header and facts; the picture itself follows them. */
export function encodeRecord(marker: Buffer, facts: Buffer, picture: Buffer, taken: number): Buffer {
  const record = Buffer.allocUnsafe(RECORD_HEADER + facts.length);
  marker.copy(record, 0);
  record.writeUInt32LE(facts.length, 8);
  record.writeUInt32LE(picture.length, 12);
  record.writeDoubleLE(taken, 16);
  record.writeUInt32LE(crc32c(facts), 24);
  record.writeUInt32LE(crc32c(picture), 28);
  record.writeUInt32LE(crc32c(record.subarray(0, 32)), 32);
  facts.copy(record, RECORD_HEADER);
  return record;
}

/** Undefined if these bytes do not begin a record of the segment with this marker. */
export function decodeRecordHead(bytes: Buffer, marker: Buffer): RecordHead | undefined {
  if (bytes.length < RECORD_HEADER || !bytes.subarray(0, 8).equals(marker)) return undefined;
  if (!hasCrc(bytes.subarray(0, RECORD_HEADER))) return undefined;
  const factsLength = bytes.readUInt32LE(8);
  const pictureLength = bytes.readUInt32LE(12);
  if (factsLength > MAX_FACTS || pictureLength > MAX_PICTURE) return undefined;
  return {
    factsLength,
    pictureLength,
    taken: bytes.readDoubleLE(16),
    factsCrc: bytes.readUInt32LE(24),
    pictureCrc: bytes.readUInt32LE(28),
  };
}

/** Undefined if the facts are damaged. */
export function decodeFacts(bytes: Buffer, crc: number): Facts | undefined {
  if (crc32c(bytes) !== crc) return undefined;
  try {
    // Written by `factsOf`, and intact according to the CRC.
    return JSON.parse(bytes.toString('utf8')) as Facts;
  } catch {
    return undefined;
  }
}

/** Ends a sealed segment, so that a start need not read its records. */
export interface Footer {
  readonly marker: Buffer;
  readonly records: number;
  /** When the spool stored the newest record, milliseconds since the epoch. */
  readonly newest: number;
}

export function encodeFooter({ marker, records, newest }: Footer): Buffer {
  const footer = Buffer.alloc(FOOTER);
  FOOTER_MAGIC.copy(footer, 0);
  marker.copy(footer, 8);
  footer.writeUInt32LE(records, 16);
  footer.writeDoubleLE(newest, 20);
  return withCrc(footer);
}

export function decodeFooter(bytes: Buffer, marker: Buffer): Footer | undefined {
  if (bytes.length !== FOOTER || !bytes.subarray(0, 8).equals(FOOTER_MAGIC)) return undefined;
  if (!bytes.subarray(8, 16).equals(marker) || !hasCrc(bytes)) return undefined;
  return { marker, records: bytes.readUInt32LE(16), newest: bytes.readDoubleLE(20) };
}

export const encodeAckHead = (marker: Buffer): Buffer => Buffer.concat([ACK_MAGIC, marker]);

export function encodeAck(marker: Buffer, offset: number): Buffer {
  const ack = Buffer.alloc(ACK);
  ack.writeUInt32LE(offset, 0);
  ack.writeUInt32LE(crc32c(ack.subarray(0, 4), crc32c(marker)), 4);
  return ack;
}

/** The offsets of the acknowledged records. Torn or foreign acknowledgements are skipped: such records are delivered again. */
export function decodeAcks(bytes: Buffer, marker: Buffer): Set<number> {
  const done = new Set<number>();
  const seed = crc32c(marker);
  for (let at = ACK_HEADER; at + ACK <= bytes.length; at += ACK) {
    if (crc32c(bytes.subarray(at, at + 4), seed) === bytes.readUInt32LE(at + 4)) done.add(bytes.readUInt32LE(at));
  }
  return done;
}

/** Writes the CRC of the preceding bytes into the last four bytes. */
function withCrc(bytes: Buffer): Buffer {
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

const hasCrc = (bytes: Buffer): boolean => crc32c(bytes.subarray(0, -4)) === bytes.readUInt32LE(bytes.length - 4);
