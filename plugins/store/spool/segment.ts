// One segment of a spool: its files, their sizes, and the acknowledgements of its records.

import type { Frame } from '../../../core/contract/frame.ts';
import type { Disk, DiskFile } from './disk.ts';
import {
  ACK,
  ACK_HEADER,
  decodeAcks,
  decodeFooter,
  encodeAck,
  encodeAckHead,
  FOOTER,
  type RecordHead,
  SEGMENT_HEADER,
} from './format.ts';
import { type Found, markerOf, walk } from './walk.ts';

/** Digits of a segment's number in its name. */
const DIGITS = 12;
const NAME = /^(\d{12})\.(seg|ack)$/;
/** Limit of the records of a segment. */
export const MAX_RECORDS = 16_384;
const MAX_ACKS = ACK_HEADER + 4 * MAX_RECORDS * ACK;

export const segmentName = (number: number): string => `${String(number).padStart(DIGITS, '0')}.seg`;
export const ackName = (number: number): string => `${String(number).padStart(DIGITS, '0')}.ack`;

/** Undefined for a file that is not part of a spool. */
export function parseName(name: string): { readonly number: number; readonly kind: 'seg' | 'ack' } | undefined {
  const [, digits, kind] = NAME.exec(name) ?? [];
  return digits === undefined ? undefined : { number: Number(digits), kind: kind === 'seg' ? 'seg' : 'ack' };
}

/** A frame in the spool that is not yet acknowledged. */
export interface Entry {
  readonly segment: Segment;
  readonly offset: number;
  readonly head: RecordHead;
  readonly camera: string;
  /** The frame itself, while it is cached. */
  frame: Frame | undefined;
}

export interface Segment {
  readonly number: number;
  readonly marker: Buffer;
  readonly file: DiskFile;
  /** Offset of the end of the records. */
  end: number;
  records: number;
  /** Number of acknowledged records. */
  done: number;
  /** When the newest record was stored, milliseconds since the epoch. */
  newest: number;
  /** No further record is added. */
  sealed: boolean;
  /** Its pending records are in the backlog. */
  tracked: boolean;
  removed: boolean;
  readonly acks: AckFile;
}

export interface AckFile {
  /** The offsets of the acknowledged records. */
  read(): Promise<Set<number>>;
  /** Their number by the length of the file: an estimate, since some may be damaged. */
  count(): Promise<number>;
  /** Not synced: after a power failure such a record may be delivered again. */
  add(offsets: readonly number[]): Promise<void>;
  close(): Promise<void>;
}

export const newSegment = (number: number, marker: Buffer, file: DiskFile, acks: AckFile): Segment => ({
  number,
  marker,
  file,
  end: SEGMENT_HEADER,
  records: 0,
  done: 0,
  newest: 0,
  sealed: false,
  tracked: false,
  removed: false,
  acks,
});

/** Opens a segment; undefined if there is none. Its records are counted by a walk only if it was never sealed. */
export async function openSegment(disk: Disk, number: number): Promise<Segment | undefined> {
  const file = await disk.open(segmentName(number));
  if (!file) return undefined;
  return closeUnlessUsed(file, () => segmentIn(disk, number, file));
}

/** Closes the file if `work` fails or returns undefined. */
async function closeUnlessUsed<T>(file: DiskFile, work: () => Promise<T | undefined>): Promise<T | undefined> {
  let result: T | undefined;
  try {
    result = await work();
    return result;
  } finally {
    if (result === undefined) await file.close().catch(() => {});
  }
}

async function segmentIn(disk: Disk, number: number, file: DiskFile): Promise<Segment | undefined> {
  const found = await markerOf(file.read);
  if (!found) return undefined;
  const { marker } = found;
  const segment = newSegment(number, marker, file, ackFile(disk, number, marker));
  segment.sealed = true;
  const size = await file.size();
  segment.end = size;
  const footer = size > FOOTER ? decodeFooter(await file.read(size - FOOTER, FOOTER), marker) : undefined;
  if (footer) {
    segment.end = size - FOOTER;
    segment.records = footer.records;
    segment.newest = footer.newest;
  } else {
    for await (const found of records(segment)) {
      if (found.is !== 'record') continue;
      segment.records++;
      segment.newest = Math.max(segment.newest, found.head.taken);
    }
  }
  segment.done = Math.min(segment.records, await segment.acks.count());
  return segment;
}

export const records = (segment: Segment, from?: number): AsyncGenerator<Found> =>
  walk(segment.file.read, segment.marker, segment.end, from);

export function ackFile(disk: Disk, number: number, marker: Buffer): AckFile {
  let opening: Promise<{ file: DiskFile; at: number }> | undefined;
  const open = async (): Promise<{ file: DiskFile; at: number }> => {
    const name = ackName(number);
    const known = await disk.open(name);
    if (known) {
      const place = await closeUnlessUsed(known, async () => {
        const size = await known.size();
        const fits = size >= ACK_HEADER && (await known.read(0, ACK_HEADER)).equals(encodeAckHead(marker));
        return fits ? { file: known, at: size - ((size - ACK_HEADER) % ACK) } : undefined;
      });
      if (place) return place;
      await disk.remove(name);
    }
    const file = await disk.create(name);
    await closeUnlessUsed(file, async () => {
      await file.write([encodeAckHead(marker)], 0);
      return file;
    });
    return { file, at: ACK_HEADER };
  };
  /** After a failure the next call opens the file again. */
  const opened = (): Promise<{ file: DiskFile; at: number }> => {
    opening ??= open().catch((cause: unknown) => {
      opening = undefined;
      throw cause;
    });
    return opening;
  };
  const ifExists = async <T>(none: T, work: (file: DiskFile, size: number) => Promise<T>): Promise<T> => {
    const file = await disk.open(ackName(number));
    if (!file) return none;
    try {
      const size = Math.min(await file.size(), MAX_ACKS);
      if (size < ACK_HEADER || !(await file.read(0, ACK_HEADER)).equals(encodeAckHead(marker))) return none;
      return await work(file, size);
    } finally {
      await file.close();
    }
  };
  return {
    read: () => ifExists(new Set<number>(), async (file, size) => decodeAcks(await file.read(0, size), marker)),
    count: () => ifExists(0, async (_file, size) => Math.floor((size - ACK_HEADER) / ACK)),
    async add(offsets) {
      const place = await opened();
      await place.file.write([Buffer.concat(offsets.map((offset) => encodeAck(marker, offset)))], place.at);
      place.at += offsets.length * ACK;
    },
    async close() {
      const place = await opening?.catch(() => undefined);
      opening = undefined;
      await place?.file.close();
    },
  };
}
