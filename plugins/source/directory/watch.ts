// Watches folders by inotify: each event names a folder and, mostly, the file in it. Scans find the files that it misses.

import { type FSWatcher, statSync, watch } from 'node:fs';
import { join } from 'node:path';

/** Limit of watched folders; all others are only scanned. */
export const MAX_WATCHED = 1024;

export interface FolderWatch {
  readonly size: number;
  /** Relative to the root. */
  add(folder: string): void;
  /** Only these stay watched. */
  keep(folders: ReadonlySet<string>): void;
  close(): void;
}

/**
 * `onEvent`: this file has changed, or this folder if the system names no file.
 * `onError`: this folder cannot be watched, for example because the inotify watches are used up.
 */
export function watchFolders(
  root: string,
  onEvent: (folder: string, name: string | null) => void,
  onError: (folder: string, cause: unknown) => void,
): FolderWatch {
  const watchers = new Map<string, { readonly watcher: FSWatcher; readonly inode: number }>();
  const drop = (folder: string): void => {
    watchers.get(folder)?.watcher.close();
    watchers.delete(folder);
  };
  return {
    get size() {
      return watchers.size;
    },
    add(folder) {
      try {
        const { ino: inode } = statSync(join(root, folder));
        // Another folder has replaced it, such as a mounted disk.
        if (watchers.has(folder) && watchers.get(folder)?.inode !== inode) drop(folder);
        if (watchers.has(folder) || watchers.size >= MAX_WATCHED) return;
        const watcher = watch(join(root, folder), (_event, name) => onEvent(folder, name));
        watcher.on('error', (cause) => {
          drop(folder);
          onError(folder, cause);
        });
        watchers.set(folder, { watcher, inode });
      } catch (cause) {
        onError(folder, cause);
      }
    },
    keep(folders) {
      for (const folder of [...watchers.keys()]) if (!folders.has(folder)) drop(folder);
    },
    close() {
      for (const folder of [...watchers.keys()]) drop(folder);
    },
  };
}
