// Folders below one root, opened level by level so that no symlink leads out; groups their fsyncs.

import { constants } from 'node:fs';
import { access, type FileHandle, mkdir, open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../../core/base/reason.ts';
import { environment } from '../../../core/contract/plugin.ts';
import { once } from '../work/once.ts';

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** Uses of one open folder before it is looked up anew. */
const MAX_USES = 256;
/** A folder that was written to stays open for so long after its last use: pictures come one after the other. Milliseconds. */
const LINGER_MS = 100;
/** Folders that stay open so. */
const MAX_LINGERING = 16;

export interface Folder {
  /** A path for one name inside the folder as it was opened, wherever its own path leads by now. */
  inside(name: string): string;
  /** Makes new names in the folder durable; calls at the same time share one fsync that began after all of them. */
  flush(): Promise<void>;
  /** What was done in it has failed: who asks from now on gets the folder that its path leads to then. */
  distrust(): void;
  /** To be called once by everyone who has asked for it. */
  release(): void;
}

export interface Folders {
  /** `path` relative to the root, "" for the root. Rejects with ENOENT, or a Fault when a link stands in the way. */
  open(path: string, create?: boolean): Promise<Folder>;
}

/** `root` must be a real path. `descriptors`: whether the system shows open files at /proc/self/fd (Linux). */
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
    // Without descriptors paths are walked anew by every call: at least make sure that they lead here now.
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
      const mine = entry;
      const forget = (): void => {
        if (shared.get(path) === mine) shared.delete(path);
      };
      const close = (): void => {
        clearTimeout(mine.lingering);
        if (mine.lingering !== undefined) lingering--;
        mine.lingering = undefined;
        if (mine.users > 0) return;
        forget();
        void mine.opening.then((handle) => handle.close()).catch(() => {});
      };
      const leave = (): void => {
        if (--mine.users > 0) return;
        if (create && shared.get(path) === mine && lingering < MAX_LINGERING) {
          lingering++;
          mine.lingering = setTimeout(close, LINGER_MS).unref();
        } else close();
      };
      if (mine.lingering !== undefined) {
        clearTimeout(mine.lingering);
        mine.lingering = undefined;
        lingering--;
      }
      mine.users++;
      mine.uses++;
      try {
        const handle = await mine.opening;
        mine.flush ??= batched(() => handle.sync());
        const flush = mine.flush;
        return {
          inside: (name) => inside(handle, join(root, path), name),
          flush: () => (durable ? flush() : Promise.resolve()),
          distrust: forget,
          release: once(leave),
        };
      } catch (cause) {
        forget();
        leave();
        // Who would create the folder must not be answered by one who would not.
        if (create && errorCode(cause) === 'ENOENT' && mine.uses > 1) return this.open(path, create);
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
  /** Closes it when nobody has used it for a while. */
  lingering: NodeJS.Timeout | undefined;
}

/** Calls during a run share the one run after it: it begins after all of them. */
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

/** Whether open folders can be addressed by their descriptors here. */
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
