// Rebuilds the index from the file names and removes temporary files that a crash left behind.

import type { Dirent } from 'node:fs';
import { lstat, opendir, unlink } from 'node:fs/promises';
import { errorCode } from '../../../core/base/reason.ts';
import type { Folders } from '../../kit/disk/folders.ts';
import { TEMPORARY } from './files.ts';
import type { Names, Naming } from './names.ts';

/** Files that are checked in parallel. */
const PARALLEL = 16;
/** A temporary file of this age is abandoned, even if its process id is in use again. Milliseconds. */
const ABANDONED_AFTER = 3_600_000;

export interface ScanOptions {
  readonly folders: Folders;
  readonly names: Names;
  /** Folder of latest pictures, besides the folders of the template. */
  readonly latestFolder: string | undefined;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Returns false if the index is full. */
  found(naming: Naming, size: number): boolean;
  /** True while this store writes the file. */
  isWriting(path: string): boolean;
}

export interface ScanResult {
  readonly swept: number;
  /** False if the index is full and pictures are missing in it. */
  readonly complete: boolean;
}

export async function scan(options: ScanOptions): Promise<ScanResult> {
  let swept = 0;
  let complete = true;

  const inspect = async (id: string, path: string): Promise<void> => {
    const stat = await lstat(path).catch(() => undefined);
    if (!stat?.isFile()) return;
    const naming = options.names.parse(id, stat.mtimeMs);
    // A name that differs from the store's, such as one with more zeros, is a foreign file.
    if (!naming || !options.names.isNameOf(id, naming)) return;
    if (!options.found(naming, stat.size)) complete = false;
  };
  const sweep = async (path: string, pid: number): Promise<void> => {
    const stat = await lstat(path).catch(() => undefined);
    // A kill between the creation of a link and its renaming leaves a temporary link.
    if (!(stat?.isFile() || stat?.isSymbolicLink()) || (isAlive(pid) && options.now() - stat.mtimeMs < ABANDONED_AFTER))
      return;
    await unlink(path).then(
      () => void swept++,
      () => undefined,
    );
  };

  const walk = async (path: string, level: number): Promise<void> => {
    const folder = await options.folders.open(path).catch(skipAbsent);
    if (!folder) return;
    const below: string[] = [];
    try {
      const last = level === options.names.levels.length - 1;
      const tasks = new Set<Promise<void>>();
      // `bufferSize`: names are read in portions, so that a folder of a million files costs no more memory than its index.
      for await (const entry of await opendir(folder.inside('.'), { bufferSize: 256 })) {
        options.signal.throwIfAborted();
        const task = visit(entry, path, level, last, folder.inside(entry.name), below);
        if (!task) continue;
        const tracked = task.finally(() => tasks.delete(tracked));
        tasks.add(tracked);
        if (tasks.size >= PARALLEL) await Promise.race(tasks);
        if (!complete) break;
      }
      await Promise.all(tasks);
    } finally {
      folder.release();
    }
    for (const next of below) if (complete) await walk(next, level + 1);
  };
  const visit = (
    entry: Dirent,
    path: string,
    level: number,
    last: boolean,
    full: string,
    below: string[],
  ): Promise<void> | undefined => {
    const id = path === '' ? entry.name : `${path}/${entry.name}`;
    const temporary = TEMPORARY.exec(entry.name);
    if (temporary) return options.isWriting(entry.name) ? undefined : sweep(full, Number(temporary[1]));
    if (!options.names.levels[level]?.test(entry.name)) return undefined;
    if (last) return entry.isDirectory() || entry.isSymbolicLink() ? undefined : inspect(id, full);
    // Some file systems do not report the type of an entry; opening it as a folder shows it.
    if (entry.isDirectory() || !(entry.isFile() || entry.isSymbolicLink())) below.push(id);
    return undefined;
  };

  await walk('', 0);
  const extra = options.latestFolder;
  if (extra !== undefined && extra !== '') await sweepFolder(extra);
  return { swept, complete };

  async function sweepFolder(path: string): Promise<void> {
    const folder = await options.folders.open(path).catch(skipAbsent);
    if (!folder) return;
    try {
      for await (const entry of await opendir(folder.inside('.'), { bufferSize: 256 })) {
        options.signal.throwIfAborted();
        const pid = TEMPORARY.exec(entry.name)?.[1];
        if (pid !== undefined && !options.isWriting(entry.name)) await sweep(folder.inside(entry.name), Number(pid));
      }
    } finally {
      folder.release();
    }
  }
}

/** A removed folder, or a link, contains no files of the store. */
function skipAbsent(cause: unknown): undefined {
  const code = errorCode(cause);
  if (code === 'ENOENT' || code === 'not-a-folder') return undefined;
  throw cause;
}

/** True if another process of this id runs; the own id means an earlier run, as in a container, where it is always 1. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return errorCode(cause) === 'EPERM';
  }
}
