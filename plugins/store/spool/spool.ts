// A spool in one folder: appends frames durably, finds the next one to deliver, and removes acknowledged ones.

import { allocate, type Frame, HEADROOM } from '../../../core/contract/frame.ts';
import { type Backlog, createBacklog, type Order } from './backlog.ts';
import { crc32c } from './crc32c.ts';
import type { Disk } from './disk.ts';
import { decodeFacts, type Facts, RECORD_HEADER, recordLength } from './format.ts';
import { createJournal, type Journal } from './journal.ts';
import { createQuarantine } from './quarantine.ts';
import { ackName, type Entry, openSegment, parseName, records, type Segment, segmentName } from './segment.ts';

/** Limit of the frames whose position is in memory. Further segments are read when there is space in the index. */
export const MAX_INDEXED = 16_384;
/** Limit of the bytes of written pictures that stay in memory, for consumers that keep up. */
export const MAX_CACHED = 8 * 2 ** 20;
/** Segments of a full spool, so that the oldest one can be removed as a whole. */
const SEGMENTS = 16;
const LEAST_SEGMENT = 2 ** 20;
const LARGEST_SEGMENT = 64 * 2 ** 20;

export interface SpoolEvents {
  /** A frame may be ready for delivery. */
  ready(): void;
  damaged(part: { segment: string; offset: number; bytes: number; kept: string | undefined }): void;
  /** A file operation that no sender waits for has failed. */
  trouble(what: 'read' | 'positions', cause: unknown): void;
}

export interface SpoolOptions {
  readonly disk: Disk;
  readonly quarantine: Disk;
  now(): number;
  readonly events: SpoolEvents;
}

export interface Spool {
  readonly journal: Journal;
  readonly backlog: Backlog;
  /** Bytes of all segments. */
  readonly bytes: number;
  /** Bytes of the frames that are not yet acknowledged, by the average of their segments. */
  readonly pendingBytes: number;
  /** Number of frames that are not yet acknowledged. */
  readonly count: number;
  readonly segments: number;
  maxBytes: number;
  append(frame: Frame, facts: Buffer): Promise<void>;
  /** The frame of an entry; undefined if it is damaged and now in quarantine. */
  read(entry: Entry): Promise<{ readonly facts: Facts; readonly data: Buffer } | undefined>;
  /** Acknowledges a frame. Resolves when the acknowledgement is written. */
  done(entry: Entry): Promise<void>;
  /** Removes the oldest segment; resolves with the number of its frames that were not acknowledged. */
  dropOldest(): Promise<number>;
  /** Removes the segments whose newest frame was stored before `time`; resolves with the number of frames, as dropOldest does. */
  dropBefore(time: number): Promise<number>;
  /** Resolves when all segments that fit into the index are indexed. */
  indexed(): Promise<void>;
  close(): Promise<void>;
}

export async function openSpool({ disk, quarantine, now, events }: SpoolOptions, order: Order): Promise<Spool> {
  const segments: Segment[] = [];
  const backlog = createBacklog(order);
  const parts = createQuarantine(quarantine);
  /** The entries with a frame in memory, the newest last. */
  let cached: Entry[] = [];
  let cachedBytes = 0;
  let isClosed = false;
  let filling: Promise<void> | undefined;

  const name = ({ number }: Segment): string => segmentName(number);
  const remove = async (segment: Segment): Promise<void> => {
    if (segment.removed) return;
    segment.removed = true;
    const at = segments.indexOf(segment);
    if (at >= 0) segments.splice(at, 1);
    await segment.acks.close().catch(nothing);
    await segment.file.close().catch(nothing);
    // A segment without its acknowledgements would be delivered again, so it is removed first; the next start removes the rest.
    await disk.remove(name(segment));
    await disk.remove(ackName(segment.number));
  };
  const removeIfDone = async (segment: Segment): Promise<void> => {
    if (!segment.sealed || !segment.tracked || segment.done < segment.records) return;
    await remove(segment).catch((cause: unknown) => events.trouble('positions', cause));
  };
  const damaged = async (segment: Segment, offset: number, bytes: number): Promise<void> => {
    let kept: string | undefined;
    try {
      kept = await parts.keep(segment.number, segment.file.read, offset, bytes);
    } catch (cause) {
      events.trouble('read', cause);
    }
    events.damaged({ segment: name(segment), offset, bytes, kept });
    await segment.acks.add([offset]).catch((cause: unknown) => events.trouble('positions', cause));
  };

  /** Indexes the pending records of a segment that is left from earlier starts or a long backlog. */
  const track = async (segment: Segment): Promise<void> => {
    const done = await segment.acks.read();
    const pending: Entry[] = [];
    let count = 0;
    for await (const record of records(segment)) {
      if (isClosed || segment.removed) return;
      if (record.is === 'damaged') {
        if (!done.has(record.offset)) await damaged(segment, record.offset, record.length);
        continue;
      }
      count++;
      if (done.has(record.offset)) continue;
      pending.push({
        segment,
        offset: record.offset,
        head: record.head,
        camera: record.facts.camera,
        frame: undefined,
      });
    }
    segment.records = count;
    segment.done = count - pending.length;
    segment.tracked = true;
    backlog.add(pending);
    if (pending.length > 0) events.ready();
    await removeIfDone(segment);
  };
  const nextUntracked = (): Segment | undefined => {
    const sealed = (segment: Segment): boolean => !segment.tracked && segment.sealed;
    return backlog.order === 'oldest-first' ? segments.find(sealed) : segments.findLast(sealed);
  };
  const fill = async (): Promise<void> => {
    while (!isClosed && backlog.count < MAX_INDEXED) {
      const segment = nextUntracked();
      if (!segment) {
        // All older segments are indexed: the active one is next, and new frames go into another segment.
        if (!journal.active || journal.active.tracked) return;
        await journal.seal();
        continue;
      }
      try {
        await track(segment);
      } catch (cause) {
        if (!segment.removed) events.trouble('read', cause);
        return;
      }
    }
  };
  const refill = (): void => {
    if (filling || isClosed || backlog.count >= MAX_INDEXED / 2) return;
    if (!nextUntracked() && journal.active?.tracked !== false) return;
    filling = fill().finally(() => {
      filling = undefined;
    });
  };
  /** With newest-first, new frames are always indexed; older segments leave the index for them, and are read again later. */
  const makeRoom = (): void => {
    while (backlog.order === 'newest-first' && backlog.count > 2 * MAX_INDEXED) {
      const segment = segments.find(({ tracked, sealed }) => tracked && sealed);
      if (!segment) return;
      segment.tracked = false;
      backlog.removeSegment(segment);
    }
  };
  const cache = (entries: readonly Entry[]): void => {
    cached.push(...entries);
    for (const { frame } of entries) cachedBytes += frame?.data.length ?? 0;
    let dropped = 0;
    while (cachedBytes > MAX_CACHED && dropped < cached.length) {
      const entry = cached[dropped++];
      if (!entry?.frame) continue;
      cachedBytes -= entry.frame.data.length;
      entry.frame = undefined;
    }
    if (dropped > 0) cached = cached.slice(dropped);
  };
  const forget = (entry: Entry): void => {
    if (!entry.frame) return;
    cachedBytes -= entry.frame.data.length;
    entry.frame = undefined;
    if (cached.length > 2 * MAX_INDEXED) cached = cached.filter(({ frame }) => frame);
  };

  const found = new Set<number>();
  for (const file of await disk.names()) {
    const parsed = parseName(file);
    if (parsed) found.add(parsed.number);
  }
  const numbers = [...found].sort((a, b) => a - b);
  for (const number of numbers) {
    const segment = await openSegment(disk, number);
    if (segment) segments.push(segment);
    else {
      // Without a header, no frame of it was acknowledged.
      await disk.remove(segmentName(number));
      await disk.remove(ackName(number));
    }
  }

  const journal = createJournal(
    {
      disk,
      now,
      segmentBytes: () => segmentBytes(spool.maxBytes),
      begun(segment) {
        // Indexed at once if all older segments are indexed, or if new frames are delivered first.
        segment.tracked =
          backlog.order === 'newest-first' || (backlog.count < MAX_INDEXED && segments.every(({ tracked }) => tracked));
        segments.push(segment);
      },
      committed(segment, entries) {
        if (segment.tracked) {
          backlog.add(entries);
          cache(entries);
          makeRoom();
          events.ready();
        } else for (const entry of entries) entry.frame = undefined;
      },
      sealed(segment) {
        void removeIfDone(segment);
        refill();
      },
    },
    (numbers.at(-1) ?? 0) + 1,
  );
  /** Acknowledgements of one segment in the same turn of the event loop are written together. */
  const unwritten = new Map<Segment, { offsets: number[]; written: Promise<void> }>();
  const writeDone = (segment: Segment, offset: number): Promise<void> => {
    const known = unwritten.get(segment);
    if (known) {
      known.offsets.push(offset);
      return known.written;
    }
    const offsets = [offset];
    const before = writing.get(segment) ?? Promise.resolve();
    const written = before.then(async () => {
      unwritten.delete(segment);
      if (segment.sealed && segment.tracked && segment.done >= segment.records) return removeIfDone(segment);
      if (!segment.removed) await segment.acks.add(offsets);
    });
    const settled = written.catch((cause: unknown) => {
      if (!segment.removed) events.trouble('positions', cause);
    });
    unwritten.set(segment, { offsets, written: settled });
    writing.set(segment, settled);
    void settled.then(() => {
      if (writing.get(segment) === settled) writing.delete(segment);
    });
    return settled;
  };
  const writing = new Map<Segment, Promise<void>>();

  const drop = async (segment: Segment): Promise<number> => {
    if (segment === journal.active) await journal.seal();
    if (segment.removed) return 0;
    const frames = segment.records - segment.done;
    backlog.removeSegment(segment);
    await remove(segment);
    refill();
    return frames;
  };

  const spool: Spool = {
    journal,
    backlog,
    maxBytes: Number.POSITIVE_INFINITY,
    get bytes() {
      return segments.reduce((sum, { end }) => sum + end, journal.waitingBytes);
    },
    get pendingBytes() {
      const pending = ({ end, records: all, done }: Segment): number => (all === 0 ? 0 : (end * (all - done)) / all);
      return segments.reduce((sum, segment) => sum + pending(segment), journal.waitingBytes);
    },
    get count() {
      return segments.reduce((sum, segment) => sum + segment.records - segment.done, 0);
    },
    get segments() {
      return segments.length;
    },
    append: (frame, facts) => journal.append(frame, facts),
    async read(entry) {
      const { segment, offset, head, frame } = entry;
      if (frame) return { facts: frame, data: frame.data };
      // The facts are read to the bytes before the picture, where the framing of a protocol is written later.
      const whole = allocate(head.factsLength + head.pictureLength);
      const body = whole.subarray(HEADROOM, HEADROOM + head.factsLength + head.pictureLength);
      const length = await segment.file.readInto(body, offset + RECORD_HEADER);
      const facts = decodeFacts(body.subarray(0, head.factsLength), head.factsCrc);
      const data = body.subarray(head.factsLength);
      if (length === body.length && facts && crc32c(data) === head.pictureCrc) return { facts, data };
      await damaged(segment, offset, recordLength(head));
      if (backlog.remove(entry)) segment.done++;
      await removeIfDone(segment);
      return undefined;
    },
    async done(entry) {
      const { segment } = entry;
      // It may have left the index for newer frames meanwhile.
      if (!backlog.remove(entry) && segment.tracked) return;
      if (segment.removed || isClosed) return;
      forget(entry);
      segment.done++;
      const written = writeDone(segment, entry.offset);
      refill();
      await written;
    },
    async dropOldest() {
      const [oldest] = segments;
      return oldest ? drop(oldest) : 0;
    },
    async dropBefore(time) {
      let frames = 0;
      for (const segment of [...segments]) {
        if (segment.newest < time && segment.records > 0) frames += await drop(segment);
      }
      return frames;
    },
    indexed: async () => filling,
    async close() {
      await journal.close();
      isClosed = true;
      await filling;
      await Promise.all(writing.values());
      for (const segment of [...segments]) {
        await segment.acks.close().catch(nothing);
        await segment.file.close().catch(nothing);
      }
    },
  };
  filling = fill().finally(() => {
    filling = undefined;
  });
  return spool;
}

/** Bytes of a segment of a spool with this limit. */
export const segmentBytes = (maxBytes: number): number =>
  Math.min(LARGEST_SEGMENT, Math.max(LEAST_SEGMENT, Math.floor(maxBytes / SEGMENTS)));

const nothing = (): void => {};
