// Watches the files of a profile: an edit, a file renamed into place, a swapped link or folder. A chmod alone is not a change.

import { type FSWatcher, realpathSync, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Changes within this time count as one: editors and rsync write in several steps. Milliseconds. */
export const DEBOUNCE_MS = 1000;
/** Most watched folders; files in further ones are not watched. */
export const MAX_FOLDERS = 64;
/** Events of a busy folder within this time are checked together. Milliseconds. */
const CHECK_MS = 50;

export interface FileWatch {
  /** Watches these files from now on. Absolute paths. */
  set(files: readonly string[]): void;
  close(): void;
}

interface Watched {
  readonly watcher: FSWatcher;
  /** Identity of the folder at the path: a folder that replaces it must be watched anew. */
  readonly identity: string;
}

/**
 * Watches the folders, not the files: editors replace a file by renaming a new one. Each event leads to a comparison of the files, since
 * any link in a path may be swapped (`..data` of a Kubernetes ConfigMap).
 * `onError` is called for folders that cannot be watched, for example if no inotify watches are left.
 */
export function watchFiles(onChange: () => void, onError: (folder: string, cause: unknown) => void): FileWatch {
  const watchers = new Map<string, Watched>();
  let files: readonly string[] = [];
  let known: ReadonlyMap<string, string> = new Map();
  let checking: NodeJS.Timeout | undefined;
  let settling: NodeJS.Timeout | undefined;

  const touched = (): void => {
    checking ??= setTimeout(check, CHECK_MS);
  };
  const check = (): void => {
    checking = undefined;
    follow();
    const now = contentsOf(files);
    if (files.every((file) => now.get(file) === known.get(file))) return;
    known = now;
    clearTimeout(settling);
    settling = setTimeout(onChange, DEBOUNCE_MS);
  };
  const follow = (): void => {
    const wanted = new Set(files.flatMap(foldersOf).slice(0, MAX_FOLDERS));
    for (const [folder, { identity }] of [...watchers]) {
      if (!wanted.has(folder) || identity !== identityOf(folder)) drop(folder);
    }
    for (const folder of wanted) if (!watchers.has(folder)) open(folder);
  };
  const open = (folder: string): void => {
    try {
      const watcher = watch(folder, touched);
      watcher.on('error', (cause) => {
        drop(folder);
        onError(folder, cause);
      });
      watchers.set(folder, { watcher, identity: identityOf(folder) });
    } catch (cause) {
      onError(folder, cause);
    }
  };
  const drop = (folder: string): void => {
    watchers.get(folder)?.watcher.close();
    watchers.delete(folder);
  };

  return {
    set(next) {
      files = next;
      // Files watched before keep their known state: one may have changed again after it was read.
      known = new Map([...contentsOf(next), ...[...known].filter(([file]) => next.includes(file))]);
      follow();
    },
    close() {
      clearTimeout(checking);
      clearTimeout(settling);
      for (const folder of [...watchers.keys()]) drop(folder);
    },
  };
}

/** The folder of a file, that of its link target, and the parent, in which the folder itself may be swapped. */
function foldersOf(file: string): string[] {
  const folder = dirname(file);
  const folders = [folder, dirname(folder)];
  try {
    folders.push(dirname(realpathSync(file)));
  } catch {
    // The file is missing; the watch on its folder reports its return.
  }
  return folders.filter((folder) => identityOf(folder) !== '');
}

/** Changes with the contents and with the file at the path, not with permissions. */
const contentsOf = (files: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    files.map((file) => [file, describe(file, ({ dev, ino, mtimeMs, size }) => `${dev}:${ino}:${mtimeMs}:${size}`)]),
  );

const identityOf = (folder: string): string => describe(folder, ({ dev, ino }) => `${dev}:${ino}`);

function describe(path: string, of: (stat: ReturnType<typeof statSync> & object) => string): string {
  try {
    const stat = statSync(path);
    return of(stat);
  } catch {
    return '';
  }
}
