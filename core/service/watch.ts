// Watches the files of a profile through their folders, because editors replace files by renaming.

import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Changes within this time are one change: editors and rsync write in several steps. */
export const DEBOUNCE_MS = 1000;
/** Folders that are watched; a profile that includes files of more is not watched in the rest. */
export const MAX_FOLDERS = 64;

export interface FileWatch {
  /** These files from now on, absolute. */
  set(files: readonly string[]): void;
  close(): void;
}

/** `onError` hears of folders that cannot be watched, such as for want of inotify watches. */
export function watchFiles(onChange: () => void, onError: (folder: string, cause: unknown) => void): FileWatch {
  const watchers = new Map<string, FSWatcher>();
  let names = new Map<string, Set<string>>();
  let timer: NodeJS.Timeout | undefined;

  const touched = (folder: string, name: string | null): void => {
    if (name !== null && !names.get(folder)?.has(name)) return;
    clearTimeout(timer);
    timer = setTimeout(onChange, DEBOUNCE_MS);
  };
  const open = (folder: string): void => {
    try {
      const watcher = watch(folder, (_event, name) => touched(folder, name));
      watcher.on('error', (cause) => {
        drop(folder);
        onError(folder, cause);
      });
      watchers.set(folder, watcher);
    } catch (cause) {
      onError(folder, cause);
    }
  };
  const drop = (folder: string): void => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };

  return {
    set(files) {
      names = new Map();
      for (const file of files) {
        const folder = dirname(file);
        const known = names.get(folder);
        if (known) known.add(basename(file));
        else if (names.size < MAX_FOLDERS) names.set(folder, new Set([basename(file)]));
      }
      for (const folder of [...watchers.keys()]) if (!names.has(folder)) drop(folder);
      for (const folder of names.keys()) if (!watchers.has(folder)) open(folder);
    },
    close() {
      clearTimeout(timer);
      for (const folder of [...watchers.keys()]) drop(folder);
    },
  };
}
