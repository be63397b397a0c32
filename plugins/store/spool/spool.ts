// A spool in one folder: appends frames durably, finds the next one to hand on, and forgets those that are done with.

import { allocate, type Frame, HEADROOM } from '../../../core/contract/frame.ts';
import { type Backlog, createBacklog, type Order } from './backlog.ts';
import { crc32c } from './crc32c.ts';
import type { Disk } from './disk.ts';
import { decodeFacts, type Facts, RECORD_HEADER, recordLength } from './format.ts';
import { createJournal, type Journal } from './journal.ts';
import { createQuarantine } from './quarantine.ts';
import { ackName, type Entry, openSegment, parseName, records, type Segment, segmentName } from './segment.ts';

/** Frames of which the place is in memory. More of them wait in segments that are read when there is room. */
export const MAX_INDEXED = 16_384;
/** Bytes of pictures that stay in memory after they were written, for consumers that keep up. */
export const MAX_CACHED = 8 * 2 ** 20;
/** A new segment is begun after this share of the limit, so that the oldest can go as a whole. */
const SEGMENTS = 16;
const LEAST_SEGMENT = 2 ** 20;
const LARGEST_SEGMENT = 64 * 2 ** 20;

export interface SpoolEvents {
  /** Something may be handed on now. */
  ready(): void;
  damaged(part: { segment: string; offset: number; bytes: number; kept: string | undefined }): void;
  /** A file operation that no sender waits for has failed (the sentence is the caller's) or works again. */
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
  /** Of all segments. */
  readonly bytes: number;
  /** Of the frames that nobody has acknowledged yet, by the average of their segments. */
  readonly pendingBytes: number;
  /** Frames that nobody has acknowledged yet. */
  readonly count: number;
  readonly segments: number;
  maxBytes: number;
  append(frame: Frame, facts: Buffer): Promise<void>;
  /** The frame of an entry; undefined when it is damaged and in quarantine now. */
  read(entry: Entry): Promise<{ readonly facts: Facts; readonly data: Buffer } | undefined>;
  /** The frame is done with. Resolves when that is written. */
  done(entry: Entry): Promise<void>;
  /** The oldest segment with everything in it; resolves with the number of frames that were not done with. */
  dropOldest(): Promise<number>;
  /** Segments of which even the newest frame was taken before `time`; resolves with the number of frames. */
  dropBefore(time: number): Promise<number>;
  /** Resolves when all segments that there is room for are indexed. */
  indexed(): Promise<void>;
  close(): Promise<void>;
}

export async function openSpool({ disk, quarantine, now, events }: SpoolOptions, order: Order): Promise<Spool> {
  const segments: Segment[] = [];
  const backlog = createBacklog(order);
  const parts = createQuarantine(quarantine);
  /** Newest last; only their memory matters. */
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
    // A segment without its positions would come again; positions without their segment are removed at the next start.
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

  /** Indexes what is pending in a segment that earlier starts, or a long backlog, have left. */
  const track = async (segment: Segment): Promise<void> => {
    const done = await segment.acks.read();
    const pending: Entry[] = [];
    let count = 0;
    for await (const one of records(segment)) {
      if (isClosed || segment.removed) return;
      if (one.is === 'damaged') {
        if (!done.has(one.offset)) await damaged(segment, one.offset, one.length);
        continue;
      }
      count++;
      if (done.has(one.offset)) continue;
      pending.push({ segment, offset: one.offset, head: one.head, camera: one.facts.camera, frame: undefined });
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
        // Everything before is done with: what is being written comes next, and new frames go into another segment.
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
  /** With newest-first new frames always are in reach; then those of older segments make room, and are read again later. */
  const makeRoom = (): void => {
    while (backlog.order === 'newest-first' && backlog.count > 2 * MAX_INDEXED) {
      const segment = segments.find((one) => one.tracked && one.sealed);
      if (!segment) return;
      segment.tracked = false;
      backlog.removeSegment(segment);
    }
  };
  const cache = (entries: readonly Entry[]): void => {
    cached.push(...entries);
    for (const { frame } of entries) cachedBytes += frame?.data.length ?? 0;
    let gone = 0;
    while (cachedBytes > MAX_CACHED && gone < cached.length) {
      const entry = cached[gone++];
      if (!entry?.frame) continue;
      cachedBytes -= entry.frame.data.length;
      entry.frame = undefined;
    }
    if (gone > 0) cached = cached.slice(gone);
  };
  const forget = (entry: Entry): void => {
    if (!entry.frame) return;
    cachedBytes -= entry.frame.data.length;
    entry.frame = undefined;
    if (cached.length > 2 * MAX_INDEXED) cached = cached.filter((one) => one.frame);
  };

  const found = new Set<number>();
  for (const one of await disk.names()) {
    const parsed = parseName(one);
    if (parsed) found.add(parsed.number);
  }
  const numbers = [...found].sort((a, b) => a - b);
  for (const number of numbers) {
    const segment = await openSegment(disk, number);
    if (segment) segments.push(segment);
    else {
      // Not even a header: nothing of it was acknowledged.
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
        // In reach at once when everything before it is, or when new frames come first.
        segment.tracked =
          backlog.order === 'newest-first' || (backlog.count < MAX_INDEXED && segments.every((one) => one.tracked));
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
  /** Acknowledgements of one segment that are made in the same turn of the event loop are written together. */
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
      return segments.reduce((sum, one) => sum + pending(one), journal.waitingBytes);
    },
    get count() {
      return segments.reduce((sum, one) => sum + one.records - one.done, 0);
    },
    get segments() {
      return segments.length;
    },
    append: (frame, facts) => journal.append(frame, facts),
    async read(entry) {
      const { segment, offset, head, frame } = entry;
      if (frame) return { facts: frame, data: frame.data };
      // The facts go where the framing of a protocol goes later, before the picture.
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
      // It may have made room for newer frames meanwhile.
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
