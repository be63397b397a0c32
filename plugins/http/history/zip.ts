// Writes a ZIP archive as a stream (APPNOTE.TXT 6.3.10), without compression, which does not shrink pictures.

import { crc32 } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly data: Buffer;
}

/** Limits of the format without its 64-bit extension. */
export const MAX_ENTRIES = 65_535;
export const MAX_BYTES = 0xffff_ffff;
/** Bytes that an entry needs in addition to its data and twice its name. */
export const OVERHEAD = 30 + 46;

const VERSION = 20;
/** Names are UTF-8. */
const UTF8 = 0x0800;
/** Made on Unix, so that unpackers apply the permissions: a regular file, 0644. */
const MADE_BY = (3 << 8) | VERSION;
const MODE = (0o100644 << 16) >>> 0;

/** Writes an entry when the reader has read the previous one, so one picture is in memory at a time. */
export async function* zipStream(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Buffer, void, undefined> {
  const directory: Buffer[] = [];
  let at = 0;
  for await (const { name, time, data } of entries) {
    const bytes = Buffer.from(name, 'utf8');
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(VERSION, 0);
    facts.writeUInt16LE(UTF8, 2);
    const { clock, date } = dosTime(time);
    facts.writeUInt16LE(clock, 6);
    facts.writeUInt16LE(date, 8);
    facts.writeUInt32LE(crc32(data), 10);
    facts.writeUInt32LE(data.length, 14);
    facts.writeUInt32LE(data.length, 18);
    facts.writeUInt16LE(bytes.length, 22);
    const local = Buffer.concat([signature(0x04034b50), facts, bytes]);

    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(MADE_BY, 4);
    facts.copy(entry, 6);
    entry.writeUInt32LE(MODE, 38);
    entry.writeUInt32LE(at, 42);
    directory.push(Buffer.concat([entry, bytes]));

    yield local;
    yield data;
    at += local.length + data.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  yield central;
  yield end;
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** DOS time: a resolution of two seconds, from 1980 on; here in UTC, like the names. */
function dosTime(time: number): { clock: number; date: number } {
  const at = new Date(Math.max(time, Date.UTC(1980, 0, 1)));
  return {
    clock: (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1),
    date: ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate(),
  };
}
