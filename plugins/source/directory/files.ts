// The files below one folder: lists possible pictures, and reads or deletes one without following a link out of the folder.

import { constants } from 'node:fs';
import { type FileHandle, lstat, open, opendir, rmdir, unlink } from 'node:fs/promises';
import { dirname, posix } from 'node:path';
import { CAMERA_ID } from '../../../core/base/formats.ts';
import { errorCode } from '../../../core/base/reason.ts';
import { allocate, settle } from '../../../core/contract/frame.ts';
import { createFolders, type Folders, hasDescriptors } from '../../kit/disk/folders.ts';

/** Limit of nested folders. */
export const MAX_DEPTH = 8;

const PICTURE = /\.(jpe?g|png)$/i;
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Distinguishes a file from itself after it has been written again. */
export interface Version {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly mtime: number;
  /** Bytes. */
  readonly size: number;
}

export interface Entry {
  /** Relative to the root, with "/". */
  readonly path: string;
  readonly is: 'picture' | 'folder' | 'other';
}

export interface Files {
  /** The entries of this folder, without hidden files and links. Rejects with ENOENT. */
  list(folder: string): AsyncIterable<Entry>;
  isFolder(path: string): Promise<boolean>;
  /** undefined if the file is gone or not a regular file. */
  version(path: string): Promise<Version | undefined>;
  /** The content; undefined if the file is gone, or has changed meanwhile or since `version`. */
  read(path: string, version: Version): Promise<Buffer | undefined>;
  /** False if the file is gone or another version. */
  remove(path: string, version: Version): Promise<boolean>;
  /** Removes a folder that has been empty since `before` (milliseconds since the epoch). */
  removeEmpty(folder: string, before: number): Promise<void>;
}

/** `root` must be a real path. */
export async function openFiles(root: string): Promise<Files> {
  const folders = createFolders(root, await hasDescriptors(), false);

  const version = (path: string): Promise<Version | undefined> =>
    inFolder(folders, path, async (at) => versionOf(await lstat(at)));
  return {
    async *list(folder) {
      const opened = await folders.open(folder);
      try {
        for await (const entry of await opendir(opened.inside('.'))) {
          const path = posix.join(folder, entry.name);
          if (entry.name.startsWith('.') || entry.isSymbolicLink()) continue;
          if (entry.isDirectory()) yield { path, is: 'folder' };
          else if (entry.isFile()) yield { path, is: PICTURE.test(entry.name) ? 'picture' : 'other' };
        }
      } finally {
        opened.release();
      }
    },
    isFolder: async (path) => (await inFolder(folders, path, async (at) => (await lstat(at)).isDirectory())) === true,
    version,
    read: (path, expected) =>
      inFolder(folders, path, async (at) => {
        const file = await open(at, READ);
        try {
          if (versionOf(await file.stat())?.id !== expected.id) return undefined;
          const data = await contentOf(file, expected.size);
          return versionOf(await file.stat())?.id === expected.id ? data : undefined;
        } finally {
          await file.close();
        }
      }),
    async remove(path, expected) {
      const done = await inFolder(folders, path, async (at) => {
        if (versionOf(await lstat(at))?.id !== expected.id) return false;
        await unlink(at);
        return true;
      });
      return done === true;
    },
    async removeEmpty(folder, before) {
      await inFolder(folders, folder, async (at) => {
        if ((await lstat(at)).mtimeMs < before) await rmdir(at);
      }).catch((cause: unknown) => {
        if (errorCode(cause) !== 'ENOTEMPTY') throw cause;
      });
    },
  };
}

/** undefined if the file or a folder of its path is gone, or is a link. */
async function inFolder<T>(folders: Folders, path: string, work: (at: string) => Promise<T>): Promise<T | undefined> {
  const parent = dirname(path);
  try {
    const folder = await folders.open(parent === '.' ? '' : parent);
    try {
      return await work(folder.inside(posix.basename(path)));
    } finally {
      folder.release();
    }
  } catch (cause) {
    if (['ENOENT', 'ELOOP', 'not-a-folder'].includes(errorCode(cause) ?? '')) return undefined;
    throw cause;
  }
}

interface Stat {
  isFile(): boolean;
  readonly mtimeMs: number;
  readonly size: number;
  readonly ino: number;
}

const versionOf = (stat: Stat): Version | undefined =>
  stat.isFile() ? { id: `${stat.ino}:${stat.mtimeMs}:${stat.size}`, mtime: stat.mtimeMs, size: stat.size } : undefined;

async function contentOf(file: FileHandle, size: number): Promise<Buffer | undefined> {
  const buffer = allocate(size);
  const data = settle(buffer, size);
  for (let at = 0; at < size; ) {
    const { bytesRead } = await file.read(data, at, size - at, at);
    if (bytesRead === 0) return undefined;
    at += bytesRead;
  }
  return data;
}

/** The camera of a picture; undefined if the file is ignored. */
export function cameraOf(path: string, onlyCamera: string | undefined): string | undefined {
  if (onlyCamera !== undefined) return onlyCamera;
  const [first = '', ...rest] = path.split('/');
  return rest.length > 0 && CAMERA_ID.test(first) ? first : undefined;
}

export const isPicture = (name: string): boolean => PICTURE.test(name) && !posix.basename(name).startsWith('.');
