// Stores pictures in one folder: combines names, free space, files, latest pictures and index.

import { constants } from 'node:fs';
import { open, realpath, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { makeFolder } from '../../../core/base/make-folder.ts';
import { environment, type Frame, type Kept, type KeptQuery } from '../../../core/contract/plugin.ts';
import { asFault } from '../../kit/disk/fault.ts';
import { createFolders, hasDescriptors } from '../../kit/disk/folders.ts';
import { createSpace, type Space } from '../../kit/disk/space.ts';
import { type Catalogue, createCatalogue } from './catalogue.ts';
import { createFiles, type Files, Taken } from './files.ts';
import { createKeep, type Keep } from './keep.ts';
import { createLatest } from './latest.ts';
import type { Names, Naming } from './names.ts';
import { scan } from './scan.ts';

/** Limit of the pictures of one camera with the same time. */
const MAX_SAME_TIME = 1000;
/** Added to the time of a name if MAX_SAME_TIME pictures have it and the clock is still behind. */
const NEXT_TIME_MS = 1000;
/** Limit of a stored picture that is read back into memory, in bytes. */
const MAX_RESTORED = 64 * 2 ** 20;

export interface Keeper {
  readonly catalogue: Catalogue;
  readonly space: Space;
  readonly files: Files;
  /** Rebuilds the index, which includes pictures that are stored meanwhile. */
  index(signal: AbortSignal): Promise<{ swept: number; complete: boolean }>;
  /** The picture is durable when it resolves. One call at a time for each camera. Rejects with a Fault. */
  put(frame: Frame): Promise<Kept>;
  list(query: KeptQuery): Promise<readonly Kept[]>;
  read(id: string): Promise<{ kept: Kept; body: Readable } | undefined>;
  restore(id: string): Promise<Buffer | undefined>;
  delete(id: string): Promise<boolean>;
  /** Deletes the pictures that `keep` no longer covers, unless they are being read. */
  sweep(): Promise<void>;
  /** Resolves when `bytes` can be written again. */
  probe(bytes: number): Promise<void>;
}

export interface KeeperOptions {
  /** Absolute; created if it does not exist. */
  readonly path: string;
  readonly names: Names;
  readonly latest: 'file' | 'symlink' | 'none';
  readonly durable: boolean;
  /** Limit of the pictures in the index. */
  readonly maxFiles: number;
  /** Bytes. */
  readonly minFree: number;
  /** Number of pictures that are kept for each camera; older ones are deleted `grace` ms after they were replaced. */
  readonly keep?: { readonly pictures: number; readonly grace: number } | undefined;
  /** True if the name does not contain the exact time, so that the file's mtime must. */
  readonly stampFiles: boolean;
  now(): number;
  monotonic(): number;
}

export async function openKeeper(options: KeeperOptions): Promise<Keeper> {
  const { names, durable } = options;
  const created = await makeFolder(options.path);
  const root = await realpath(options.path);
  if (created !== undefined && durable) await flushAbove(created, options.path);
  const folders = createFolders(root, await hasDescriptors(), durable);
  const files = createFiles(folders, durable);
  const catalogue = createCatalogue(names);
  const latest = createLatest({ as: options.latest, names, files, catalogue });
  const space = createSpace({
    folder: options.path,
    minFree: options.minFree,
    monotonic: options.monotonic,
    ask: async () => {
      const { bavail, bsize } = await statfs(root);
      return bavail * bsize;
    },
  });
  let indexed: Promise<unknown> = Promise.resolve();
  const remove = async (id: string): Promise<boolean> => {
    const naming = catalogue.resolve(id);
    if (!naming) return false;
    const removed = await files.remove(id);
    catalogue.remove(naming);
    await latest.gone(naming.camera, id);
    if (removed) await files.clear(id);
    return removed;
  };
  const keeping: Keep | undefined =
    options.keep && createKeep({ ...options.keep, catalogue, monotonic: options.monotonic, remove });
  const numbers = new Map<string, number>();

  const toKept = (naming: Naming & { size: number }): Kept => ({
    id: names.format(naming),
    camera: naming.camera,
    time: naming.time,
    seq: naming.number,
    type: naming.type,
    size: naming.size,
  });
  /**
   * The time and number under which a picture is stored. With `keep`, names rise even if the clock was set back: the newest
   * picture must never look like the oldest.
   */
  const risingName = async ({ camera, time, type }: Frame): Promise<{ time: number; number: number }> => {
    const number = await firstNumber(camera);
    if (!keeping) return { time, number };
    await indexed;
    const newest = catalogue.newest(camera);
    const own = names.parse(names.format({ camera, time, number, type }), time)?.time ?? time;
    if (!newest || own > newest.time) return { time, number };
    if (names.numbered) return { time: newest.time, number };
    if (newest.number < MAX_SAME_TIME) return { time: newest.time, number: newest.number + 1 };
    return { time: newest.time + NEXT_TIME_MS, number: 1 };
  };
  const firstNumber = async (camera: string): Promise<number> => {
    if (!names.numbered) return 1;
    await indexed;
    return Math.max(numbers.get(camera) ?? 0, catalogue.highest(camera)) + 1;
  };

  const place = async (frame: Frame): Promise<Kept> => {
    const { camera, type, data } = frame;
    const prefix = names.prefixOf(frame.meta.prefix);
    let { time, number } = await risingName(frame);
    for (let tries = 0; tries < MAX_SAME_TIME; tries++, number++) {
      const id = names.format({ camera, time, number, type, prefix });
      // The listed time is as exact as the name, so that it is the same after a restart.
      const naming = names.parse(id, time);
      if (!naming) break;
      if (catalogue.has(naming)) continue;
      try {
        await files.create(id, data, {
          changed: options.stampFiles ? frame.time : undefined,
          alias: latest.aliasOf(naming),
          also: (isAliased) => latest.show(naming, id, { data, isAliased }),
        });
      } catch (cause) {
        if (cause instanceof Taken) continue;
        throw cause;
      }
      catalogue.insert(naming, data.length);
      keeping?.stored(camera);
      if (names.numbered) numbers.set(camera, number);
      return toKept({ ...naming, size: data.length });
    }
    throw environment(
      'same-time',
      `More than ${MAX_SAME_TIME} pictures of "${camera}" have the same time; the picture is not stored.`,
    );
  };

  return {
    catalogue,
    space,
    files,
    index(signal) {
      const run = async () => {
        const result = await scan({
          folders,
          names,
          latestFolder: folderOfLatest(names),
          signal,
          now: options.now,
          found(naming, size) {
            if (catalogue.count >= options.maxFiles) return false;
            catalogue.insert(naming, size);
            return true;
          },
          isWriting: (name) => files.writing.has(name),
        });
        return result;
      };
      const running = run();
      indexed = running.catch(() => {});
      return running.then(async (result) => {
        for (const camera of catalogue.cameras()) {
          signal.throwIfAborted();
          await latest.repair(camera);
        }
        await keeping?.indexed();
        return result;
      });
    },
    async put(frame) {
      if (catalogue.count >= options.maxFiles) {
        throw environment(
          'store-full',
          `${options.path} holds max_files (${options.maxFiles}) pictures; add retain/policy.`,
        );
      }
      try {
        await space.admit(frame.data.length);
        return await place(frame);
      } catch (cause) {
        space.invalidate();
        throw asFault(cause, options.path);
      }
    },
    async list(query) {
      await indexed;
      return catalogue.list(query);
    },
    async read(id) {
      await indexed;
      const naming = catalogue.resolve(id);
      const done = keeping?.reading(id);
      const file = naming && (await files.read(id));
      if (file && done) file.body.once('close', done);
      else done?.();
      if (naming && !file) catalogue.remove(naming);
      return naming && file && { kept: { ...toKept(naming), size: file.size }, body: file.body };
    },
    restore: (id) => files.readAll(id, MAX_RESTORED),
    async delete(id) {
      await indexed;
      try {
        return await remove(id);
      } catch (cause) {
        throw asFault(cause, options.path);
      }
    },
    sweep: async () => keeping?.sweep(),
    async probe(bytes) {
      try {
        space.invalidate();
        await space.admit(bytes);
        await files.probe(bytes);
      } catch (cause) {
        throw asFault(cause, options.path);
      }
    },
  };
}

/** Makes new folders durable, from the parent of `first` to the one above `path`: a lost folder loses its pictures. */
async function flushAbove(first: string, path: string): Promise<void> {
  const top = dirname(first);
  for (let at = dirname(path); at.length >= top.length; at = dirname(at)) {
    const folder = await open(at, constants.O_RDONLY | constants.O_DIRECTORY);
    await folder.sync().finally(() => folder.close());
    if (at === dirname(at)) return;
  }
}

function folderOfLatest(names: Names): string | undefined {
  const example = names.latest('camera', 'image/jpeg');
  const parts = example?.split('/').slice(0, -1) ?? [];
  return parts.includes('camera') ? undefined : parts.join('/');
}
