// Appends frames to the newest segment: frames that wait at the same time share one fsync (group commit).

import { randomBytes } from 'node:crypto';
import type { Frame } from '../../../core/contract/frame.ts';
import { environment } from '../../../core/contract/problems.ts';
import type { Disk } from './disk.ts';
import { encodeFooter, encodeHead, encodeRecord, FOOTER, RECORD_HEADER } from './format.ts';
import { ackFile, type Entry, MAX_RECORDS, newSegment, type Segment, segmentName } from './segment.ts';

/** Limit of the frames that share one fsync. */
export const MAX_GROUP = 256;
/** Limit of the bytes that share one fsync, unless one picture alone is larger. */
export const MAX_GROUP_BYTES = 16 * 2 ** 20;

/** Smallest write, in bytes, for which a second one in parallel saves time. */
const LEAST_WRITE = 256 * 1024;

export interface JournalOptions {
  readonly disk: Disk;
  now(): number;
  /** Size at which a new segment is begun. */
  segmentBytes(): number;
  /** The segment has been begun, and is on disk. */
  begun(segment: Segment): void;
  /** These records are on disk. */
  committed(segment: Segment, entries: readonly Entry[]): void;
  sealed(segment: Segment): void;
}

export interface Journal {
  /** Resolves when the frame is on disk. */
  append(frame: Frame, facts: Buffer): Promise<void>;
  /** Bytes that wait for the disk. */
  readonly waitingBytes: number;
  readonly waiting: number;
  /** The segment that is written to. */
  readonly active: Segment | undefined;
  /** Ends the active segment. */
  seal(): Promise<void>;
  /** Rejects while no segment can be begun. */
  probe(): Promise<void>;
  /** Waits for all appended frames, and seals. */
  close(): Promise<void>;
}

interface Waiting {
  readonly frame: Frame;
  readonly facts: Buffer;
  readonly bytes: number;
  resolve(): void;
  reject(cause: unknown): void;
}

/** @param first the number of the next segment */
export function createJournal(options: JournalOptions, first: number): Journal {
  const { disk, now } = options;
  let queue: Waiting[] = [];
  let waitingBytes = 0;
  let number = first;
  let active: Segment | undefined;
  let isClosed = false;
  /** Operations on the active segment run one after the other. */
  let turn: Promise<void> = Promise.resolve();
  let pumping = false;
  let pumped: Promise<void> = Promise.resolve();

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work);
    turn = result.then(nothing, nothing);
    return result;
  };
  const begin = async (): Promise<Segment> => {
    const own = number++;
    const marker = randomBytes(8);
    const file = await disk.create(segmentName(own));
    try {
      const segment = newSegment(own, marker, file, ackFile(disk, own, marker));
      await file.write([encodeHead({ marker, number: own, created: now() })], 0);
      await file.sync();
      // Before the first acknowledgement: without its name the file would be lost.
      await disk.syncFolder();
      active = segment;
      options.begun(segment);
      return segment;
    } catch (cause) {
      await file.close().catch(nothing);
      await disk.remove(segmentName(own)).catch(nothing);
      throw cause;
    }
  };
  const sealNow = async (isWhole: boolean): Promise<void> => {
    const segment = active;
    if (!segment) return;
    active = undefined;
    segment.sealed = true;
    const { marker, records, newest, end } = segment;
    // The footer only saves work at the next start, which would count the records.
    if (isWhole) await segment.file.write([encodeFooter({ marker, records, newest })], end).catch(nothing);
    // Refused frames must not look accepted after a restart.
    else await segment.file.truncate(end).catch(nothing);
    options.sealed(segment);
  };
  const commit = async (group: readonly Waiting[]): Promise<void> => {
    if (active && (active.end + FOOTER >= options.segmentBytes() || active.records + group.length > MAX_RECORDS)) {
      await sealNow(true);
    }
    const segment = active ?? (await begin());
    const taken = now();
    const entries: Entry[] = [];
    const half = group.reduce((sum, { bytes }) => sum + bytes, 0) / 2;
    const writes: Promise<void>[] = [];
    let parts: Buffer[] = [];
    let from = segment.end;
    let { end } = segment;
    for (const { frame, facts } of group) {
      const head = encodeRecord(segment.marker, facts, frame.data, taken);
      parts.push(head, frame.data);
      entries.push({
        segment,
        offset: end,
        head: {
          factsLength: facts.length,
          pictureLength: frame.data.length,
          taken,
          factsCrc: head.readUInt32LE(24),
          pictureCrc: head.readUInt32LE(28),
        },
        camera: frame.camera,
        frame,
      });
      end += head.length + frame.data.length;
      // The first half of a large group is written while the checksums of the second are computed.
      if (end - from < Math.max(half, LEAST_WRITE)) continue;
      writes.push(segment.file.write(parts, from));
      parts = [];
      from = end;
    }
    if (parts.length > 0) writes.push(segment.file.write(parts, from));
    try {
      // All of them end before the segment may be cut.
      for (const written of await Promise.allSettled(writes)) if (written.status === 'rejected') throw written.reason;
      await segment.file.sync();
    } catch (cause) {
      // After a failed fsync it is unknown which pages are on disk, and a second fsync may succeed without them.
      await sealNow(false);
      throw cause;
    }
    segment.end = end;
    segment.records += group.length;
    segment.newest = taken;
    options.committed(segment, entries);
  };
  const take = (): readonly Waiting[] => {
    let bytes = 0;
    let size = 0;
    while (size < queue.length && size < MAX_GROUP) {
      bytes += queue[size]?.bytes ?? 0;
      if (size > 0 && bytes > MAX_GROUP_BYTES) break;
      size++;
    }
    const group = queue.slice(0, size);
    queue = queue.slice(size);
    return group;
  };
  const pump = async (): Promise<void> => {
    pumping = true;
    while (queue.length > 0) {
      // Frames that arrive in the same turn of the event loop share the fsync.
      await new Promise<void>((resolve) => setImmediate(resolve));
      await inTurn(async () => {
        const group = take();
        try {
          await commit(group);
          for (const waiting of group) waiting.resolve();
        } catch (cause) {
          for (const waiting of group) waiting.reject(cause);
        } finally {
          for (const { bytes } of group) waitingBytes -= bytes;
        }
      });
    }
    pumping = false;
  };

  return {
    append(frame, facts) {
      if (isClosed) return Promise.reject(environment('spool-closed', 'The spool is closed. Send this picture again.'));
      const bytes = RECORD_HEADER + facts.length + frame.data.length;
      waitingBytes += bytes;
      return new Promise((resolve, reject) => {
        queue.push({ frame, facts, bytes, resolve, reject });
        if (!pumping) pumped = pump();
      });
    },
    get waitingBytes() {
      return waitingBytes;
    },
    get waiting() {
      return queue.length;
    },
    get active() {
      return active;
    },
    seal: () => inTurn(() => sealNow(true)),
    probe: () => inTurn(async () => void (active ?? (await begin()))),
    async close() {
      isClosed = true;
      await pumped;
      await inTurn(() => sealNow(true));
    },
  };
}

const nothing = (): void => {};
