// Folders below one root, opened level by level so that no symlink leads outside; groups their fsyncs.

import { constants } from 'node:fs';
import { access, type FileHandle, mkdir, open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../../core/base/reason.ts';
import { environment } from '../../../core/contract/plugin.ts';
import { once } from '../work/once.ts';

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** Uses of one open folder before its path is resolved again. */
const MAX_USES = 256;
/** Milliseconds that a folder stays open after its last write, because pictures follow one another. */
const LINGER_MS = 100;
/** Most folders that stay open in this way. */
const MAX_LINGERING = 16;

export interface Folder {
  /** A path for one name inside the folder that was opened, even if the folder's own path now leads elsewhere. */
  inside(name: string): string;
  /** Makes new names in the folder durable; concurrent calls share one fsync that begins after all of them. */
  flush(): Promise<void>;
  /** Call it after a failure in this folder: later calls of `open` resolve the path again. */
  invalidate(): void;
  /** Every caller of `open` must call it once. */
  release(): void;
}

export interface Folders {
  /** `path` relative to the root, "" for the root. Rejects with ENOENT, or with a Fault if a part of the path is a link. */
  open(path: string, create?: boolean): Promise<Folder>;
}

/** `root` must be a real path. `descriptors`: true if the system shows open files at /proc/self/fd (Linux). */
export function createFolders(root: string, descriptors: boolean, durable: boolean): Folders {
  const shared = new Map<string, Shared>();
  let lingering = 0;

  const inside = (handle: FileHandle, path: string, name: string): string =>
    descriptors ? `/proc/self/fd/${handle.fd}/${name}` : join(path, name);

  const walk = async (path: string, create: boolean): Promise<FileHandle> => {
    let at = root;
    let handle = await openFolder(at, at);
    for (const part of path === '' ? [] : path.split('/')) {
      const parent = handle;
      const next = inside(parent, at, part);
      at = join(at, part);
      try {
        handle = await openFolder(next, at).catch(async (cause: unknown) => {
          if (!create || errorCode(cause) !== 'ENOENT') throw cause;
          await mkdir(next).catch((late: unknown) => {
            if (errorCode(late) !== 'EEXIST') throw late;
          });
          if (durable) await parent.sync();
          return openFolder(next, at);
        });
      } finally {
        await parent.close();
      }
    }
    // Without descriptors every call resolves the path again: at least check that it leads here now.
    if (!descriptors && (await realpath(at)) !== at) {
      await handle.close();
      throw outside(at);
    }
    return handle;
  };

  return {
    async open(path, create = false) {
      let entry = shared.get(path);
      if (!entry || entry.uses >= MAX_USES) {
        entry = { users: 0, uses: 0, flush: undefined, lingering: undefined, opening: walk(path, create) };
        shared.set(path, entry);
      }
      const folder = entry;
      const forget = (): void => {
        if (shared.get(path) === folder) shared.delete(path);
      };
      const close = (): void => {
        clearTimeout(folder.lingering);
        if (folder.lingering !== undefined) lingering--;
        folder.lingering = undefined;
        if (folder.users > 0) return;
        forget();
        void folder.opening.then((handle) => handle.close()).catch(() => {});
      };
      const leave = (): void => {
        if (--folder.users > 0) return;
        if (create && shared.get(path) === folder && lingering < MAX_LINGERING) {
          lingering++;
          folder.lingering = setTimeout(close, LINGER_MS).unref();
        } else close();
      };
      if (folder.lingering !== undefined) {
        clearTimeout(folder.lingering);
        folder.lingering = undefined;
        lingering--;
      }
      folder.users++;
      folder.uses++;
      try {
        const handle = await folder.opening;
        folder.flush ??= batched(() => handle.sync());
        const flush = folder.flush;
        return {
          inside: (name) => inside(handle, join(root, path), name),
          flush: () => (durable ? flush() : Promise.resolve()),
          invalidate: forget,
          release: once(leave),
        };
      } catch (cause) {
        forget();
        leave();
        // A caller that creates folders must not get the ENOENT of one that does not.
        if (create && errorCode(cause) === 'ENOENT' && folder.uses > 1) return this.open(path, create);
        throw cause;
      }
    },
  };
}

interface Shared {
  readonly opening: Promise<FileHandle>;
  flush: (() => Promise<void>) | undefined;
  users: number;
  uses: number;
  /** Closes the folder when it has not been used for a while. */
  lingering: NodeJS.Timeout | undefined;
}

/** Calls during a run share the next run, which begins after all of them. */
function batched(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let queued: Promise<void> | undefined;
  const begin = (): Promise<void> => {
    running = work().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    if (!running) return begin();
    queued ??= running
      .catch(() => {})
      .then(() => {
        queued = undefined;
        return begin();
      });
    return queued;
  };
}

/** True if open folders can be addressed by their descriptors on this system. */
export const hasDescriptors = (): Promise<boolean> =>
  access('/proc/self/fd').then(
    () => true,
    () => false,
  );

async function openFolder(path: string, shown: string): Promise<FileHandle> {
  try {
    return await open(path, FOLDER);
  } catch (cause) {
    const code = errorCode(cause);
    throw code === 'ELOOP' || code === 'ENOTDIR' ? outside(shown, cause) : cause;
  }
}

const outside = (path: string, cause?: unknown) =>
  environment('not-a-folder', `${path} is a symbolic link or not a folder; camd uses only its own folders.`, cause);
