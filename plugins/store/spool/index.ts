// store/spool: stores frames on disk until the consumers have acknowledged them.

import { statfs } from 'node:fs/promises';
import { inTime } from '../../../core/base/deadline.ts';
import { defineNode, type Finding, type Node } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { StoreSpoolOptions } from '../../../schemas/store/spool.ts';
import { createConditions } from '../../kit/disk/conditions.ts';
import { asFault } from '../../kit/disk/fault.ts';
import { createSpace } from '../../kit/disk/space.ts';
import { examineFolder } from '../../kit/examine/folder.ts';
import { spoolCommand } from './command.ts';
import { createDeadLetters } from './dead.ts';
import { createSpoolDelivery, type SpoolDelivery } from './delivery.ts';
import { type Folders, openFolders } from './folders.ts';
import { createIntake } from './intake.ts';
import { LOOK_MS, takeReturns } from './returns.ts';
import { openSpool, type Spool, type SpoolEvents } from './spool.ts';

/** How long a stop waits for frames in delivery; others are delivered again after the next start. Milliseconds. */
const STOP_MS = 5000;

/** State that survives a reload, which must neither close the files nor release the lock. */
interface Opened {
  readonly folders: Folders;
  readonly spool: Spool;
  /** Of the instance in effect. */
  events: SpoolEvents;
}

export default defineNode<StoreSpoolOptions>({
  commands: { spool: spoolCommand },
  check({ mode, thin_above }): Finding[] {
    if (mode === 'thin' || thin_above === undefined) return [];
    return [{ option: 'thin_above', code: 'wrong-value', message: 'thin_above: it needs "mode: thin".' }];
  },
  async *examine({ path, min_free: minFree }, view) {
    yield* examineFolder({ option: 'path', path: view.resolve(path), minFree });
  },
  async start(node) {
    const { options, clock, log, metrics } = node;
    const path = node.resolve(options.path);
    const conditions = createConditions(node);
    const opened = await node.durable<Opened>('spool', {
      same: [path],
      create: () => open(node, path),
      async dispose({ spool, folders }) {
        await spool.close();
        folders.release();
      },
    });
    const { spool, folders } = opened;
    const dead = createDeadLetters(
      folders.dead,
      () => ({ maxCount: options.max_dead, maxBytes: options.max_dead_bytes }),
      () => clock.now(),
    );
    const space = createSpace({
      folder: path,
      minFree: options.min_free,
      monotonic: () => clock.monotonic(),
      async ask() {
        const { bavail, bsize } = await statfs(path);
        return bavail * bsize;
      },
    });
    const intake = createIntake(
      {
        path,
        maxBytes: options.max_bytes,
        maxFrames: options.max_frames,
        atLimit: options.at_limit,
        every: options.every,
        thin:
          options.mode === 'thin'
            ? { above: options.thin_above ?? options.max_bytes / 2, every: options.thin_every }
            : undefined,
      },
      { spool, space, clock, count: metrics.count, condition: conditions.set },
    );
    const delivery: SpoolDelivery = createSpoolDelivery({
      spool,
      clock,
      parallel: options.parallel,
      rate: options.rate,
      maxAge: options.max_age,
      acknowledged: node.output.acknowledged,
      emit: (capture) => node.output.emit(node.output.stamp(capture), true),
      async setAside(facts, data, fault) {
        const dropped = await dead.put(facts, data, fault);
        metrics.count('dead_total');
        metrics.count('dead_dropped_total', dropped);
        log.warn('a picture was refused permanently and is now a dead letter', {
          camera: facts.camera,
          why: sentence(fault),
        });
      },
      count: metrics.count,
      condition: conditions.set,
      failed: node.fail,
    });

    node
      .input()
      .each((frame, wait) => (wait ? intake.take(frame, true) : void intake.take(frame, false).catch(ignore)), {
        delivery: 'through',
        demand: 'always',
      });
    node.whileActive(() => {
      spool.maxBytes = options.max_bytes;
      spool.backlog.order = options.order;
      opened.events = {
        ready: delivery.wake,
        damaged(part) {
          metrics.count('damaged_total');
          log.warn('a part of the spool is damaged', { path, ...part });
        },
        trouble(what, cause) {
          log.warn('a file of the spool cannot be used', { path, what, cause: sentence(cause) });
        },
      };
      const end = new AbortController();
      void delivery.run(end.signal);
      void maintain(end.signal);
      return () => end.abort();
    });
    /** Regular work: returns dead letters, drops expired frames, and checks a disk that has failed. */
    const maintain = async (signal: AbortSignal): Promise<void> => {
      while (!signal.aborted) {
        try {
          await takeReturns(folders.retry, (capture) => intake.again(node.output.stamp(capture)));
          if (options.max_age !== undefined) {
            metrics.count('expired_total', await spool.dropBefore(clock.now() - options.max_age));
          }
          if (conditions.has('write')) await probe();
          conditions.set('folder', undefined);
        } catch (cause) {
          const fault = asFault(cause, path);
          conditions.set('folder', `${sentence(fault)}`);
        }
        await clock.sleep(LOOK_MS, signal).catch(ignore);
      }
    };
    const probe = async (): Promise<void> => {
      space.invalidate();
      await space.admit(0);
      await spool.journal.probe();
      conditions.set('write', undefined);
    };

    let deadCount = await dead.count();
    metrics.gauge('frames', () => spool.count);
    metrics.gauge('bytes', () => spool.bytes);
    metrics.gauge('segments', () => spool.segments);
    metrics.gauge('waiting', () => spool.journal.waiting);
    metrics.gauge('delivering', () => delivery.busy);
    metrics.gauge('dead', () => {
      void dead.count().then((now) => {
        deadCount = now;
      }, ignore);
      return deadCount;
    });
    node.defer(async () => void (await inTime(STOP_MS, delivery.idle())));
    return {};
  },
});

async function open(node: Node<StoreSpoolOptions>, path: string): Promise<Opened> {
  try {
    const folders = await openFolders(path, `the node ${node.id} of a profile in ${node.resolve('.')}`, node.log);
    let opened: Opened | undefined;
    const early: SpoolEvents = {
      ready() {},
      damaged: (part) => node.log.warn('a part of the spool is damaged', { path, ...part }),
      trouble: (what, cause) =>
        node.log.warn('a file of the spool cannot be used', { path, what, cause: sentence(cause) }),
    };
    const events = (): SpoolEvents => opened?.events ?? early;
    const spool = await openSpool(
      {
        disk: folders.segments,
        quarantine: folders.quarantine,
        now: () => node.clock.now(),
        events: {
          ready: () => events().ready(),
          damaged: (part) => events().damaged(part),
          trouble: (what, cause) => events().trouble(what, cause),
        },
      },
      node.options.order,
    ).catch((cause: unknown) => {
      folders.release();
      throw cause;
    });
    spool.maxBytes = node.options.max_bytes;
    opened = { folders, spool, events: early };
    return opened;
  } catch (cause) {
    throw asFault(cause, path);
  }
}

const ignore = (): void => {};
