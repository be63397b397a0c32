// Watches the files of a profile: an edit, a file renamed into place, a swapped link or folder. A mere chmod is no change.

import { type FSWatcher, realpathSync, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Changes within this time are one change: editors and rsync write in several steps. */
export const DEBOUNCE_MS = 1000;
/** Folders that are watched; a profile that includes files of more is not watched in the rest. */
export const MAX_FOLDERS = 64;
/** Many events in a busy folder are looked at together. */
const LOOK_MS = 50;

export interface FileWatch {
  /** These files from now on, absolute. */
  set(files: readonly string[]): void;
  close(): void;
}

interface Watched {
  readonly watcher: FSWatcher;
  /** What stood at the path: a folder that replaces it must be watched anew. */
  readonly identity: string;
}

/**
 * The folders are watched, not the files: editors replace a file by renaming a new one. Whether something changed is decided by
 * looking at the files, since a link on the way to one may be swapped anywhere (`..data` of a Kubernetes ConfigMap).
 * `onError` hears of folders that cannot be watched, such as for want of inotify watches.
 */
export function watchFiles(onChange: () => void, onError: (folder: string, cause: unknown) => void): FileWatch {
  const watchers = new Map<string, Watched>();
  let files: readonly string[] = [];
  let seen: ReadonlyMap<string, string> = new Map();
  let looking: NodeJS.Timeout | undefined;
  let settling: NodeJS.Timeout | undefined;

  const touched = (): void => {
    looking ??= setTimeout(look, LOOK_MS);
  };
  const look = (): void => {
    looking = undefined;
    follow();
    const now = contentsOf(files);
    if (files.every((file) => now.get(file) === seen.get(file))) return;
    seen = now;
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
      // Known files keep what was seen of them: one may have changed again after it was read.
      seen = new Map([...contentsOf(next), ...[...seen].filter(([file]) => next.includes(file))]);
      follow();
    },
    close() {
      clearTimeout(looking);
      clearTimeout(settling);
      for (const folder of [...watchers.keys()]) drop(folder);
    },
  };
}

/** The folder of a file, that of what it links to, and the one above, in which the folder itself may be swapped. */
function foldersOf(file: string): string[] {
  const folder = dirname(file);
  const folders = [folder, dirname(folder)];
  try {
    folders.push(dirname(realpathSync(file)));
  } catch {
    // The file is away; its folder tells when it comes back.
  }
  return folders.filter((one) => identityOf(one) !== '');
}

/** Changes with the contents and with what stands at the path, not with permissions. */
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
