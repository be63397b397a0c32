// Watches folders by inotify: each event names a folder and, mostly, the file in it. What it misses, a scan finds.

import { type FSWatcher, statSync, watch } from 'node:fs';
import { join } from 'node:path';

/** Folders that are watched; deeper or further ones are only scanned. */
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
 * `onEvent`: something has happened to this file, or to this folder where the system names no file.
 * `onError` hears of folders that cannot be watched, such as for want of inotify watches.
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
        // Another folder stands in its place, such as a disk that was mounted.
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
