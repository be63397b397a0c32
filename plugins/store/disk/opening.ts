// Opens the folder of a store, rebuilds its index, and retries while the folder is missing or the disk refuses pictures.

import { isFinal } from '../../../core/contract/final.ts';
import { environment, isFault } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import { asFault } from '../../kit/disk/fault.ts';
import type { StoreContext } from './context.ts';
import { type Keeper, openKeeper } from './keeper.ts';
import { restore } from './restore.ts';

/** How often a missing folder, or a disk that refuses, is retried. Milliseconds. */
const RETRY_MS = 2000;
/** Share of max_files: when a full index has shrunk below it, the folder is read again. */
const REINDEX_BELOW = 0.9;

export interface OpenFolder {
  /** Undefined while the folder cannot be opened. */
  keeper(): Keeper | undefined;
  /** True while the folder is read after a start. */
  indexing(): boolean;
  /** @throws Fault `disk-failed` while the folder cannot be opened */
  required(): Keeper;
  /** A picture of so many bytes was not stored. */
  refused(bytes: number, cause: unknown): void;
}

/** Resolves after the first attempt, even if that fails. */
export async function openFolder(context: StoreContext): Promise<OpenFolder> {
  const { node, path, names, conditions, newest } = context;
  const { options, clock } = node;
  let keeper: Keeper | undefined;
  let refusedBytes = 0;
  let isIndexing = false;

  const open = async (signal: AbortSignal): Promise<void> => {
    try {
      keeper = await openKeeper({
        path,
        names,
        latest: options.latest_as,
        durable: options.durable,
        maxFiles: options.max_files,
        minFree: options.min_free,
        keep: options.keep === undefined ? undefined : { pictures: options.keep, grace: options.grace },
        stampFiles: options.keep !== undefined || !names.timed || options.timezone !== 'UTC',
        now: () => clock.now(),
        monotonic: () => clock.monotonic(),
      });
    } catch (cause) {
      const fault = asFault(cause, path);
      if (!isFault(fault)) throw fault;
      conditions.set('folder', fault.message);
      return;
    }
    conditions.set('folder', undefined);
    void index(keeper, signal);
  };
  /** Rebuilds the index in the background: frames are stored meanwhile, and lists wait for it. */
  const index = async (opened: Keeper, signal: AbortSignal): Promise<void> => {
    isIndexing = true;
    try {
      const { swept, complete } = await opened.index(signal);
      node.log.info('index rebuilt', { files: opened.catalogue.count, bytes: opened.catalogue.bytes, swept });
      const beyond = `${path} contains more pictures than max_files (${options.max_files}); the others are not listed.`;
      conditions.set('index', complete ? undefined : beyond);
      await restoreNewest(opened, signal);
    } catch (cause) {
      if (signal.aborted) return;
      conditions.set('index', `The pictures in ${path} could not be listed: ${sentence(cause)}.`);
    } finally {
      isIndexing = false;
    }
  };
  const restoreNewest = async (opened: Keeper, signal: AbortSignal): Promise<void> => {
    for (const camera of opened.catalogue.cameras()) {
      signal.throwIfAborted();
      if (newest.get(camera)) continue;
      const frame = await restore(opened, names, camera, clock);
      if (frame) newest.keep(frame, options.max_cameras, node.memory);
    }
  };
  /** An incomplete index is rebuilt when it has space for the missing pictures. */
  const shouldIndexAgain = (opened: Keeper): boolean =>
    conditions.has('index') && !isIndexing && opened.catalogue.count < options.max_files * REINDEX_BELOW;

  const report = (cause: unknown): void => {
    // A picture that is refused because of its name is no problem of the disk.
    if (isFinal(cause)) return;
    if (isFault(cause) && cause.blame === 'environment') conditions.set('write', cause.message);
  };
  const retry = async (signal: AbortSignal): Promise<void> => {
    if (!keeper) return open(signal);
    await keeper.sweep();
    if (shouldIndexAgain(keeper)) void index(keeper, signal);
    if (!conditions.has('write')) return;
    try {
      await keeper.probe(refusedBytes);
      conditions.set('write', undefined);
    } catch (cause) {
      report(cause);
    }
  };

  await open(node.signal);
  node.task(async (signal) => {
    while (!signal.aborted) {
      await clock.sleep(RETRY_MS, signal).catch(() => {});
      if (!signal.aborted) await retry(signal);
    }
  });
  return {
    keeper: () => keeper,
    indexing: () => isIndexing,
    required() {
      if (keeper) return keeper;
      throw environment('disk-failed', `${path} cannot be opened.`);
    },
    refused(bytes, cause) {
      refusedBytes = bytes;
      report(cause);
    },
  };
}
