// Writes one file under a temporary name and renames it into place; reads and deletes files.

import { constants } from 'node:fs';
import { type FileHandle, link, lstat, open, readlink, rename, rmdir, symlink, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { errorCode } from '../../../core/base/reason.ts';
import type { Folder, Folders } from '../../kit/disk/folders.ts';
import { TEMPORARY, temporaryName, writeFile } from './write-file.ts';

// Non-blocking: a pipe in a picture's place must not block the reader.
const OLD_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Limit of the bytes that are copied through memory if there are no hard links. */
const MAX_COPY = 256 * 2 ** 20;
/** A folder may be removed between its opening and the write into it: limit of the attempts. */
const MAX_TRIES = 4;

export { TEMPORARY };

/** The file exists already. */
export class Taken extends Error {}

export interface Files {
  /** Temporary names that are in use now. */
  readonly writing: ReadonlySet<string>;
  /** Creates a durable file; rejects with Taken if the name is in use. */
  create(path: string, data: Buffer, more: CreateOptions): Promise<void>;
  /** Makes `alias` the same file as `path`: a hard link, or a copy if there are no hard links. */
  alias(alias: string, path: string, data?: Buffer): Promise<void>;
  /** Makes `alias` a symbolic link with the text `target`, which leads to `path`. */
  point(alias: string, target: string, path: string): Promise<void>;
  /** The text of a symbolic link; undefined if it is not one. */
  target(alias: string): Promise<string | undefined>;
  /** Checks the disk: writes `bytes` zeros, durably, and removes them. */
  probe(bytes: number): Promise<void>;
  /** Undefined if the file does not exist or is not a regular file. */
  stat(path: string): Promise<{ size: number; inode: number; changed: number } | undefined>;
  read(path: string): Promise<{ size: number; body: Readable } | undefined>;
  readAll(path: string, most: number): Promise<Buffer | undefined>;
  /** Removes the folders above `path` that are empty now. */
  clear(path: string): Promise<void>;
  /** False if the file does not exist or is not a regular file, which stays. `links`: symbolic links are removed as well. */
  remove(path: string, links?: boolean): Promise<boolean>;
}

export interface CreateOptions {
  /** Becomes the file's mtime: milliseconds since the epoch. */
  readonly changed?: number | undefined;
  /** A second name of the same file. */
  readonly alias?: string | undefined;
  /** Runs when the file is in place and before the folder is flushed; `isAliased`: the alias is in place too. */
  also?(isAliased: boolean): Promise<void>;
}

export function createFiles(folders: Folders, durable: boolean): Files {
  const within = async <T>(path: string, create: boolean, work: (folder: Folder, name: string) => Promise<T>) => {
    const folder = await folders.open(folderOf(path), create);
    try {
      return await work(folder, basename(path));
    } catch (cause) {
      folder.invalidate();
      throw cause;
    } finally {
      folder.release();
    }
  };
  /** A missing file is not a failure. */
  const ifExists = <T>(work: Promise<T>): Promise<T | undefined> =>
    work.catch((cause: unknown) => {
      if (ABSENT.has(errorCode(cause) ?? '')) return undefined;
      throw cause;
    });

  const writing = new Set<string>();
  const temporarily = async <T>(work: (name: string) => Promise<T>): Promise<T> => {
    const name = temporaryName();
    writing.add(name);
    return work(name).finally(() => writing.delete(name));
  };
  const write = (temporary: string, data: Buffer, changed?: number) => writeFile(temporary, data, { changed, durable });
  const place = async (temporary: string, path: string): Promise<void> => {
    try {
      await rename(temporary, path);
    } catch (cause) {
      await unlink(temporary).catch(() => {});
      throw cause;
    }
  };
  const replace = (alias: string, path: string, make: (temporary: string) => Promise<void>): Promise<void> =>
    within(alias, true, async (folder, name) => {
      await temporarily(async (own) => {
        await make(folder.inside(own));
        await place(folder.inside(own), folder.inside(name));
      });
      // In the picture's own folder one flush serves both.
      if (folderOf(alias) !== folderOf(path)) await folder.flush();
    });

  const openFile = (path: string): Promise<{ handle: FileHandle; size: number } | undefined> =>
    ifExists(
      within(path, false, async (folder, name) => {
        const handle = await open(folder.inside(name), OLD_FILE);
        const found = await handle.stat();
        if (found.isFile()) return { handle, size: found.size };
        await handle.close();
        return undefined;
      }),
    );

  /** Links the temporary file to its name, then renames it to the alias in the same folder. False if the system cannot. */
  const placeTwice = async (temporary: string, target: string, alias: string): Promise<boolean> => {
    try {
      await link(temporary, target);
    } catch (cause) {
      if (LINKLESS.has(errorCode(cause) ?? '')) return false;
      await unlink(temporary).catch(() => {});
      throw errorCode(cause) === 'EEXIST' ? new Taken() : cause;
    }
    await place(temporary, alias).catch(async (cause: unknown) => {
      await unlink(target).catch(() => {});
      throw cause;
    });
    return true;
  };
  const placeOnce = async (temporary: string, target: string): Promise<void> => {
    if (await ifExists(lstat(target))) {
      await unlink(temporary).catch(() => {});
      throw new Taken();
    }
    await place(temporary, target);
  };

  const createOnce = (path: string, data: Buffer, { changed, alias, also }: CreateOptions) =>
    within(path, true, async (folder, name) => {
      const target = folder.inside(name);
      const isNear = alias !== undefined && folderOf(alias) === folderOf(path);
      const { closed, isAliased } = await temporarily(async (own) => {
        const temporary = folder.inside(own);
        const { closed } = await write(temporary, data, changed);
        const isBoth = isNear && (await placeTwice(temporary, target, folder.inside(basename(alias))));
        if (!isBoth) await placeOnce(temporary, target);
        return { closed, isAliased: isBoth };
      });
      try {
        await closed;
        await also?.(isAliased);
        await folder.flush();
      } catch (cause) {
        // It is not acknowledged and will be sent again: remove it, so that it is not stored twice.
        await unlink(target).catch(() => {});
        throw cause;
      }
    });

  return {
    writing,
    async create(path, data, more) {
      for (let tries = 1; ; tries++) {
        try {
          return await createOnce(path, data, more);
        } catch (cause) {
          if (errorCode(cause) !== 'ENOENT' || tries === MAX_TRIES) throw cause;
        }
      }
    },
    alias: (alias, path, data) =>
      replace(alias, path, async (temporary) => {
        const source = await folders.open(folderOf(path));
        try {
          await link(source.inside(basename(path)), temporary);
        } catch (cause) {
          if (!LINKLESS.has(errorCode(cause) ?? '')) throw cause;
          const copy = data ?? (await readWhole(openFile(path), MAX_COPY));
          if (copy) await (await write(temporary, copy)).closed;
        } finally {
          source.release();
        }
      }),
    point: (alias, target, path) => replace(alias, path, (temporary) => symlink(target, temporary)),
    target: (alias) =>
      ifExists(within(alias, false, (folder, name) => readlink(folder.inside(name)))).catch(() => undefined),
    async probe(bytes) {
      const folder = await folders.open('');
      try {
        await temporarily(async (own) => {
          await (await write(folder.inside(own), Buffer.alloc(bytes))).closed;
          await unlink(folder.inside(own));
        });
      } finally {
        folder.release();
      }
    },
    stat: (path) =>
      ifExists(
        within(path, false, async (folder, name) => {
          const found = await lstat(folder.inside(name));
          return found.isFile() ? { size: found.size, inode: found.ino, changed: found.mtimeMs } : undefined;
        }),
      ),
    async read(path) {
      const file = await openFile(path);
      return file && { size: file.size, body: file.handle.createReadStream() };
    },
    readAll: (path, most) => readWhole(openFile(path), most),
    async clear(path) {
      for (let at = folderOf(path); at !== ''; at = folderOf(at)) {
        // rmdir refuses links, and folders that are not empty.
        const removed = await within(at, false, (folder, name) => rmdir(folder.inside(name))).then(
          () => true,
          () => false,
        );
        if (!removed) return;
      }
    },
    async remove(path, links = false) {
      const removed = await ifExists(
        within(path, false, async (folder, name) => {
          const found = await lstat(folder.inside(name));
          if (!found.isFile() && !(links && found.isSymbolicLink())) return false;
          await unlink(folder.inside(name));
          return true;
        }),
      );
      return removed ?? false;
    },
  };
}

const folderOf = (path: string): string => (dirname(path) === '.' ? '' : dirname(path));
const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ELOOP', 'ENXIO']);
/** Errors of systems that have no hard links, or no more of them for this file. */
const LINKLESS: ReadonlySet<string> = new Set([
  'EPERM',
  'EOPNOTSUPP',
  'ENOTSUP',
  'ENOSYS',
  'EMLINK',
  'EXDEV',
  'EACCES',
]);

async function readWhole(
  opening: Promise<{ handle: FileHandle; size: number } | undefined>,
  most: number,
): Promise<Buffer | undefined> {
  const file = await opening;
  if (!file) return undefined;
  try {
    return file.size > most ? undefined : await file.handle.readFile();
  } finally {
    await file.handle.close();
  }
}
