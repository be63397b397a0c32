// Collects the pictures of one folder, oldest first: finds files by events and scans, waits until each is complete, emits it once.

import { posix } from 'node:path';
import { errorCode } from '../../../core/base/reason.ts';
import { isFinal } from '../../../core/contract/final.ts';
import type { Node } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { SourceDirectoryOptions } from '../../../schemas/source/directory.ts';
import { isRefusal } from '../../kit/image/jpeg-header.ts';
import { toImage } from '../../kit/image/recognise.ts';
import { createBackoff } from '../../kit/work/backoff.ts';
import { cameraOf, type Files, isPicture, type Version } from './files.ts';
import { createQueue, type Waiting } from './queue.ts';
import { scan } from './scan.ts';
import { MAX_TAKEN, type Taken, takenInMemory } from './taken.ts';
import type { FolderWatch } from './watch.ts';

/** Events within this time are handled together. */
const SETTLE_MS = 25;
/** Limit of the names from events that wait; beyond it, the whole folder is scanned. */
export const MAX_TOUCHED = 4096;
/** A file that is incomplete and has not grown for so long is broken. */
export const BROKEN_AFTER_MS = 30_000;
/** How often an incomplete or unreadable file is checked again. */
const RECHECK_MS = 2000;
/** Pause after a picture that a consumer refused. */
const RETRY = { first: 1000, most: 60_000 };

export interface Collector {
  /** This file has changed, or this folder if the event names no file. */
  touched(folder: string, name: string | null): void;
  /** Until the signal aborts, or the folder is gone. */
  run(signal: AbortSignal): Promise<void>;
}

export interface CollectorOptions {
  readonly node: Node<SourceDirectoryOptions>;
  readonly files: Files;
  readonly taken: Taken;
  readonly watch: FolderWatch;
}

export function createCollector({ node, files, taken, watch }: CollectorOptions): Collector {
  const { options, clock, log, metrics } = node;
  const onlyCamera = options.cameras === 'one' ? (options.camera ?? node.id) : undefined;
  const queue = createQueue();
  /** Files that are too large, broken, or refused permanently: ignored until they change. */
  const dismissed = takenInMemory();
  const touched = new Set<string>();
  /** Camera → why its pictures are not collected. */
  const troubles = new Map<string, string>();
  const backoff = createBackoff(RETRY);
  let scanAt = Number.NEGATIVE_INFINITY;
  let wakeUp = new AbortController();
  let scans = 0;

  const trouble = (camera: string, why: string | undefined): void => {
    if (why === undefined) troubles.delete(camera);
    else troubles.set(camera, why);
    const [first] = troubles.values();
    if (first === undefined) node.healthy();
    else node.degraded(first);
  };
  const consider = async (path: string, version: Version): Promise<void> => {
    const camera = cameraOf(path, onlyCamera);
    if (camera === undefined || version.size === 0) return;
    if (taken.has(path, version.id) || dismissed.has(path, version.id)) return;
    const before = queue.get(path);
    if (before?.version.id === version.id) return;
    if (version.size > options.max_frame) {
      metrics.count('too_large_total');
      node.lost(1);
      log.warn('a file is larger than max_frame and is ignored', { file: path, bytes: version.size });
      return dismissed.add(path, version.id);
    }
    const now = clock.monotonic();
    // A file that was renamed into the folder has been complete for some time.
    const isOld = !before && clock.now() - version.mtime >= options.settle;
    if (!queue.put({ path, camera, version, dueAt: isOld ? now : now + options.settle, since: now }))
      scanAt = now + SETTLE_MS;
  };
  const inspect = async (path: string): Promise<void> => {
    if (isPicture(path)) {
      const version = await files.version(path);
      if (version) await consider(path, version);
      else queue.drop(path);
    } else if (await files.isFolder(path)) await scan({ files, watch, folder: path, consider: inspectFile });
  };
  const inspectFile = async (path: string): Promise<void> => {
    const version = await files.version(path);
    if (version) await consider(path, version);
  };
  const scanAll = async (): Promise<void> => {
    touched.clear();
    const found = await scan({
      files,
      watch,
      folder: '',
      consider: inspectFile,
      skip: scans++ % 20 === 0 ? undefined : taken.knows,
    });
    scanAt = clock.monotonic() + options.rescan;
    if (!found.isWhole) return;
    watch.keep(found.folders);
    queue.keep(found.pictures);
    await Promise.all([taken.keep(found.pictures), dismissed.keep(found.pictures)]);
    if (options.after !== 'delete') return;
    const depth = onlyCamera === undefined ? 1 : 0;
    for (const folder of found.folders) {
      if (folder.split('/').length > depth && folder !== '') await files.removeEmpty(folder, clock.now() - EMPTY_MS);
    }
  };

  const again = (waiting: Waiting, ms: number): void => void queue.put({ ...waiting, dueAt: clock.monotonic() + ms });
  const finish = async ({ path, camera, version }: Waiting): Promise<void> => {
    queue.drop(path);
    try {
      if (options.after === 'keep') await taken.add(path, version.id);
      else if (!(await files.remove(path, version))) return inspect(path);
      trouble(camera, undefined);
    } catch (cause) {
      // Its picture has been emitted: it is not read again while camd runs.
      await dismissed.add(path, version.id);
      const what =
        options.after === 'keep' ? 'camd cannot record which files it has read' : `camd cannot delete ${path}`;
      trouble(camera, `${what}: ${sentence(cause)}.`);
    }
  };
  const incomplete = async (waiting: Waiting, reason: string): Promise<void> => {
    metrics.count('incomplete_total');
    if (clock.monotonic() - waiting.since < BROKEN_AFTER_MS) return again(waiting, RECHECK_MS);
    const { path, version } = waiting;
    metrics.count('broken_total');
    node.lost(1);
    log.warn('a file is not a complete picture', { file: path, why: reason, action: options.broken });
    queue.drop(path);
    await dismissed.add(path, version.id);
    if (options.broken === 'delete') await files.remove(path, version);
  };
  const take = async (waiting: Waiting): Promise<void> => {
    const { path, camera, version } = waiting;
    if (options.after === 'keep' && !taken.hasRoom) {
      again(waiting, RETRY.most);
      return trouble(
        camera,
        `${options.path} has more than ${MAX_TAKEN} pictures: delete old ones, or set "after: delete".`,
      );
    }
    let data: Buffer | undefined;
    try {
      data = await files.read(path, version);
    } catch (cause) {
      again(waiting, RECHECK_MS);
      const may = ['EACCES', 'EPERM'].includes(errorCode(cause) ?? '');
      const help = may ? 'give the user that camd runs as the right to read it' : sentence(cause);
      return trouble(camera, `camd cannot read ${path}: ${help}.`);
    }
    if (!data) {
      queue.drop(path);
      return inspect(path);
    }
    const image = toImage(data, true);
    if (isRefusal(image)) return incomplete(waiting, image.reason);
    const key = `${version.id}:${path}`;
    const frame = node.output.stamp({ ...image, camera, time: version.mtime, key, meta: { file: path } });
    try {
      await node.output.emit(frame, true);
    } catch (cause) {
      if (isFinal(cause)) {
        log.warn('a picture is refused permanently, and its file stays', { file: path, why: sentence(cause) });
        queue.drop(path);
        return dismissed.add(path, version.id);
      }
      queue.hold(camera, clock.monotonic() + backoff.next());
      return trouble(camera, sentence(cause));
    }
    backoff.reset();
    await finish(waiting);
  };

  return {
    touched(folder, name) {
      if (name === null || touched.size >= MAX_TOUCHED) scanAt = Number.NEGATIVE_INFINITY;
      else if (!name.startsWith('.')) touched.add(posix.join(folder, name));
      wakeUp.abort();
    },
    async run(signal) {
      if (onlyCamera !== undefined) node.output.announce(onlyCamera);
      while (!signal.aborted) {
        if (clock.monotonic() >= scanAt) await scanAll();
        const names = [...touched];
        touched.clear();
        for (const path of names) await inspect(path);
        const next = queue.next(clock.monotonic());
        if (next) {
          await take(next);
          continue;
        }
        const ms = Math.min(scanAt, queue.dueAt()) - clock.monotonic();
        if (touched.size === 0)
          await clock.sleep(Math.max(1, ms), AbortSignal.any([signal, wakeUp.signal])).catch(() => {});
        if (!wakeUp.signal.aborted) continue;
        wakeUp = new AbortController();
        await clock.sleep(SETTLE_MS, signal).catch(() => {});
      }
    },
  };
}

/** A folder that has been empty for so long is removed. */
const EMPTY_MS = 60 * 60_000;
