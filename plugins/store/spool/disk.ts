// The file operations of a spool, in one folder. Tests replace them with a simulated disk.

import { constants } from 'node:fs';
import { type FileHandle, open, readdir, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../../core/base/make-folder.ts';

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

export interface DiskFile {
  /** At most `length` bytes; fewer at the end of the file. */
  read(offset: number, length: number): Promise<Buffer>;
  /** Fills `target` up to the end of the file; resolves with the number of bytes. */
  readInto(target: Buffer, offset: number): Promise<number>;
  /** Writes all of these, one after the other, from `offset`. */
  write(parts: readonly Buffer[], offset: number): Promise<void>;
  /** Resolves when all written bytes, and the length, are on disk. */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

export interface Disk {
  /** The names in the folder. */
  names(): Promise<readonly string[]>;
  /** Creates a file; rejects if the name is in use. */
  create(name: string): Promise<DiskFile>;
  /** Undefined if the file does not exist. */
  open(name: string): Promise<DiskFile | undefined>;
  rename(from: string, to: string): Promise<void>;
  /** Does nothing if the file does not exist. */
  remove(name: string): Promise<void>;
  /** Resolves when new, changed and removed names are on disk. */
  syncFolder(): Promise<void>;
}

/** Creates the folder durably if it does not exist. `folder` is absolute. */
export async function openDisk(folder: string): Promise<Disk> {
  const created = await makeFolder(folder, FOLDER_MODE);
  if (created !== undefined) {
    const top = dirname(created);
    for (let at = dirname(folder); at.length >= top.length; at = dirname(at)) {
      await syncFolder(at);
      if (at === dirname(at)) break;
    }
  }
  const pathOf = (name: string): string => join(folder, name);
  return {
    names: () => readdir(folder),
    create: async (name) =>
      fileOf(await open(pathOf(name), constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, FILE_MODE)),
    open: async (name) => {
      const handle = await ifExists(open(pathOf(name), constants.O_RDWR | constants.O_NOFOLLOW));
      return handle && fileOf(handle);
    },
    rename: (from, to) => rename(pathOf(from), pathOf(to)),
    remove: async (name) => ifExists(unlink(pathOf(name))),
    syncFolder: () => syncFolder(folder),
  };
}

/** Writes a file completely or not at all, even if the power fails. The caller syncs the folder. */
export async function writeWhole(disk: Disk, name: string, parts: readonly Buffer[]): Promise<void> {
  const temporary = `.${name}.tmp`;
  await disk.remove(temporary);
  const file = await disk.create(temporary);
  try {
    await file.write(parts, 0);
    await file.sync();
  } catch (cause) {
    await file.close().catch(() => {});
    await disk.remove(temporary).catch(() => {});
    throw cause;
  }
  await file.close();
  await disk.rename(temporary, name);
}

/** Undefined if the file does not exist or is longer than `most` bytes. */
export async function readWhole(disk: Disk, name: string, most: number): Promise<Buffer | undefined> {
  const file = await disk.open(name);
  if (!file) return undefined;
  try {
    const size = await file.size();
    return size > most ? undefined : await file.read(0, size);
  } finally {
    await file.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function fileOf(handle: FileHandle): DiskFile {
  const readInto = async (target: Buffer, offset: number): Promise<number> => {
    let done = 0;
    while (done < target.length) {
      const { bytesRead } = await handle.read(target, done, target.length - done, offset + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  };
  return {
    readInto,
    async read(offset, length) {
      const bytes = Buffer.allocUnsafe(length);
      return bytes.subarray(0, await readInto(bytes, offset));
    },
    async write(parts, offset) {
      const total = parts.reduce((sum, part) => sum + part.length, 0);
      const { bytesWritten } = await handle.writev([...parts], offset);
      // A short write may end at any byte; the rest is written as one piece.
      let done = bytesWritten;
      if (done === total) return;
      const whole = Buffer.concat(parts);
      while (done < total) done += (await handle.write(whole, done, total - done, offset + done)).bytesWritten;
    },
    sync: () => handle.datasync(),
    truncate: (length) => handle.truncate(length),
    size: async () => (await handle.stat()).size,
    close: () => handle.close(),
  };
}

async function ifExists<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
}
