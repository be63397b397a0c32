// store/disk: stores frames in a folder, acknowledges them once they are on disk, and passes them on.

import { createKeyedQueue } from '../../../core/base/keyed-queue.ts';
import { isFinal } from '../../../core/contract/final.ts';
import {
  defineNode,
  environment,
  type Frame,
  isFault,
  type Kept,
  type Node,
  type RequestHandler,
  refusal,
} from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { StoreDiskOptions } from '../../../schemas/store/disk.ts';
import { createNewest } from '../../kit/stills/newest.ts';
import { zone } from '../../kit/time/zone.ts';
import { createConditions } from './conditions.ts';
import { asFault, type Keeper, openKeeper } from './keeper.ts';
import { createNames, type Names } from './names.ts';
import { restore } from './restore.ts';
import { createTimeFormat } from './time-format.ts';

/** Frames of sources that wait for their acknowledgement; further ones are refused. */
const MAX_WAITING = 1024;
/** How often a folder that is away, or a disk that refuses, is tried again. Milliseconds. */
const TRY_AGAIN_MS = 2000;
/** Share of max_files: when so little is left of an index that was full, the folder is read once more. */
const REINDEX_BELOW = 0.9;

export default defineNode<StoreDiskOptions>({
  check: (options) =>
    refusal(
      (fault) => fault.code,
      () => namesOf(options),
    ),
  async start(node) {
    const { options } = node;
    const conditions = createConditions(node);
    const names = namesOf(options);
    const path = node.resolve(options.path);
    const before = isHandover(node.handedOver) ? node.handedOver.frames : [];
    const newest = createNewest();
    for (const frame of before) newest.keep(frame, options.max_cameras);
    const lanes = createKeyedQueue({ parallel: options.writers, waiting: MAX_WAITING });
    const input = options.from === undefined ? undefined : node.input();
    let keeper: Keeper | undefined;
    // Of each camera the last picture: a capture and the same frame along the edges are kept once.
    const recent = new Map<string, { frame: Frame; kept: Promise<Kept> }>();
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
          stampFiles: !names.timed || options.timezone !== 'UTC',
          now: () => node.clock.now(),
          monotonic: () => node.clock.monotonic(),
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
    /** The index is rebuilt beside the work: frames are kept meanwhile, and lists wait for it. */
    const index = async (opened: Keeper, signal: AbortSignal): Promise<void> => {
      isIndexing = true;
      try {
        const { swept, complete } = await opened.index(signal);
        node.log.info('index rebuilt', { files: opened.catalogue.count, bytes: opened.catalogue.bytes, swept });
        const beyond = `${path} contains more pictures than max_files (${options.max_files}); the others are not listed.`;
        conditions.set('index', complete ? undefined : beyond);
        for (const camera of opened.catalogue.cameras()) {
          signal.throwIfAborted();
          if (newest.get(camera)) continue;
          const frame = await restore(opened, names, camera, node.clock);
          if (frame) newest.keep(frame, options.max_cameras);
        }
      } catch (cause) {
        if (signal.aborted) return;
        conditions.set('index', `The pictures in ${path} could not be listed: ${sentence(cause)}.`);
      } finally {
        isIndexing = false;
      }
    };
    /** An index that is not whole is made anew when there is room in it for what was left out. */
    const shouldIndexAgain = (opened: Keeper): boolean =>
      conditions.has('index') && !isIndexing && opened.catalogue.count < options.max_files * REINDEX_BELOW;
    await open(node.signal);
    node.task((signal) =>
      watch(node, signal, async () => {
        if (!keeper) return open(signal);
        if (shouldIndexAgain(keeper)) void index(keeper, signal);
        if (conditions.has('write')) {
          await keeper.probe(refusedBytes).then(
            () => conditions.set('write', undefined),
            (cause: unknown) => complain(cause),
          );
        }
      }),
    );

    const complain = (cause: unknown): void => {
      // A picture that is refused for its name says nothing of the disk.
      if (isFinal(cause)) return;
      if (isFault(cause) && cause.blame === 'environment') conditions.set('write', cause.message);
    };
    const write = async (frame: Frame): Promise<Kept> => {
      if (!keeper) throw environment('disk-failed', `${path} cannot store pictures: the folder cannot be opened.`);
      try {
        const kept = await keeper.put(frame);
        conditions.set('write', undefined);
        node.metrics.count('kept_total');
        node.metrics.count('kept_bytes_total', kept.size);
        return kept;
      } catch (cause) {
        refusedBytes = frame.data.length;
        complain(cause);
        node.metrics.count('refused_total');
        node.log.warn('picture not stored', { camera: frame.camera, why: sentence(cause) });
        throw cause;
      } finally {
        if (lanes.waiting() === 0) conditions.set('slow', undefined);
      }
    };
    const keep = (frame: Frame): Promise<Kept> => {
      const last = recent.get(frame.camera);
      if (last && isSame(last.frame, frame)) return last.kept;
      const kept =
        lanes.run(frame.camera, () => write(frame)) ??
        Promise.reject(environment('store-busy', `${MAX_WAITING} pictures wait for the disk; send this one again.`));
      const entry = { frame, kept };
      recent.set(frame.camera, entry);
      const forget = (): void => {
        if (recent.get(frame.camera) === entry) recent.delete(frame.camera);
      };
      kept.then(() => {
        if (recent.size > options.max_cameras) forget();
      }, forget);
      return kept;
    };
    /** Shows a frame to viewers; those that are older than what they have seen are for consumers of every frame alone. */
    const pass = (frame: Frame, wait: boolean): Promise<void> => {
      const fresh = newest.keep(frame, options.max_cameras) || newest.get(frame.camera) === undefined;
      return fresh || wait ? node.output.emit(frame, wait) : Promise.resolve();
    };
    const take = async (frame: Frame, wait: boolean): Promise<void> => {
      if (!wait && lanes.waiting() >= options.queue) {
        node.metrics.count('skipped_total');
        conditions.set('slow', `${path} is slower than the cameras; some frames are shown but not stored.`);
        return pass(frame, false);
      }
      let kept: Kept;
      try {
        kept = await keep(frame);
      } catch (cause) {
        // Viewers do not depend on the disk.
        await pass(frame, false);
        throw cause;
      }
      await pass(withFile(frame, kept), wait);
    };
    const capture: RequestHandler<'capture'> = async (camera, scope, signal) => {
      if (!input) throw environment('no-answer', `${node.id} has no source that captures pictures on demand.`);
      const frame = await input.ask('capture', camera, scope, signal);
      const kept = withFile(frame, await keep(frame));
      newest.keep(kept, options.max_cameras);
      return kept;
    };
    const onDemand = (camera: string): boolean => input?.answers('capture', camera) ?? false;

    input?.each(take, { delivery: 'through', demand: options.mode === 'always' ? 'always' : 'none' });
    if (input) node.output.answer('capture', capture);
    node.metrics.gauge('files', () => keeper?.catalogue.count ?? 0);
    node.metrics.gauge('bytes', () => keeper?.catalogue.bytes ?? 0);
    node.metrics.gauge('waiting', () => lanes.waiting());
    let handedOver = false;
    node.defer(async () => {
      await lanes.idle();
      if (!handedOver) newest.close();
    });

    const opened = (): Keeper => {
      if (keeper) return keeper;
      throw environment('disk-failed', `${path} cannot be opened.`);
    };
    const cameras = (): readonly string[] => [...new Set([...(input?.cameras() ?? []), ...newest.cameras()])].sort();
    return {
      store: {
        put: async (frame) => {
          const kept = await keep(frame);
          newest.keep(withFile(frame, kept), options.max_cameras);
          return kept;
        },
        list: async (query) => opened().list(query),
        cameras: async () => {
          await opened().list({ limit: 0, order: 'newest-first' });
          return opened().catalogue.cameras();
        },
        read: async (id) => opened().read(id),
        async delete(id) {
          const { catalogue, delete: remove } = opened();
          const camera = catalogue.resolve(id)?.camera;
          const deleted = await remove(id);
          if (deleted) node.metrics.count('deleted_total');
          // A camera of which nothing is kept any more is not shown either.
          if (camera !== undefined && !catalogue.newest(camera)) newest.forget(camera);
          return deleted;
        },
        async usage() {
          await opened().list({ limit: 0, order: 'newest-first' });
          return { bytes: opened().catalogue.bytes, count: opened().catalogue.count };
        },
      },
      stills: {
        cameras,
        latest(camera) {
          const frame = newest.get(camera);
          if (!frame) return undefined;
          const age = node.clock.monotonic() - frame.arrived;
          return { frame, age, stale: options.stale_after !== undefined && age > options.stale_after };
        },
        next: newest.next,
        onDemand,
        capture: (camera, signal) => capture(camera, undefined, signal),
      },
      handover(): Handover {
        handedOver = true;
        return { kind: 'store/disk', frames: newest.frames() };
      },
    };
  },
});

/** What a store leaves to its successor, so that a changed option shows no gap. */
interface Handover {
  readonly kind: 'store/disk';
  readonly frames: readonly Frame[];
}

const isHandover = (value: unknown): value is Handover =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'store/disk';

/** The same picture on another way, though perhaps another object. */
const isSame = (a: Frame, b: Frame): boolean => a.seq === b.seq && a.time === b.time && a.data.length === b.data.length;

const withFile = (frame: Frame, kept: Kept): Frame => ({ ...frame, meta: { ...frame.meta, file: kept.id } });

async function watch(node: Node<StoreDiskOptions>, signal: AbortSignal, look: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await node.clock.sleep(TRY_AGAIN_MS, signal).catch(() => {});
    if (!signal.aborted) await look();
  }
}

const namesOf = (options: StoreDiskOptions): Names =>
  createNames({
    name: options.name,
    latest: options.latest_as === 'none' ? undefined : options.latest,
    camera: options.camera,
    time: createTimeFormat(options.time_format, zone(options.timezone)),
  });
