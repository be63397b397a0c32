// The common part of all notify nodes: sends a notification when a camera of the input is offline and when it is back.

import type { Milliseconds } from '../../../core/base/units.ts';
import type { Node } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import { type Notice, noticesOf, titleOf } from './notice.ts';
import { createOutbox, type Sent } from './outbox.ts';
import { createOfflineRecord } from './record.ts';
import { type CameraEvent, createSilence } from './silence.ts';

/** Milliseconds between two checks of the cameras. */
const LOOK_MS = 1000;
/** Maximum cameras that one node watches. */
const MAX_CAMERAS = 4096;

export interface NotifyOptions {
  readonly after: Milliseconds;
  readonly back_after: Milliseconds;
  readonly group: Milliseconds;
  readonly cameras?: readonly string[];
}

/** `deliver` makes one attempt; it rejects only with the reason of its signal. */
export async function notify(
  node: Node<NotifyOptions>,
  deliver: (notice: Notice, signal: AbortSignal) => Promise<Sent>,
): Promise<void> {
  const { options, clock, metrics, log } = node;
  const record = createOfflineRecord(node.stateFolder, node.id);
  const state = await node.durable('cameras', {
    same: [],
    async create() {
      const reported = new Map(await record.read());
      return {
        silence: createSilence(reported),
        reported,
        pending: [] as CameraEvent[],
        groupedAt: 0,
        outbox: createOutbox(),
      };
    },
    dispose: () => {},
  });
  const { silence, reported, outbox } = state;
  const input = node.input();
  const isWatched = (camera: string): boolean => options.cameras?.includes(camera) ?? true;
  const limits = { after: options.after, backAfter: options.back_after, most: MAX_CAMERAS };

  /** A camera on demand is silent while it has no viewers. */
  const cameras = (): readonly string[] =>
    (options.cameras ?? input.cameras()).filter((camera) => !input.answers('capture', camera));
  const check = (): void => {
    const events = silence.check(cameras(), limits, clock.monotonic(), clock.now());
    if (events.length > 0 && state.pending.length === 0) state.groupedAt = clock.monotonic();
    state.pending.push(...events);
    if (state.pending.length === 0 || clock.monotonic() - state.groupedAt < options.group) return;
    for (const notice of noticesOf(state.pending.splice(0), clock.now())) {
      log.info('the state of cameras has changed', { state: notice.is, cameras: notice.cameras });
      if (!outbox.add(notice)) continue;
      metrics.count('dropped_total');
      log.warn('too many notifications wait to be sent: the oldest is dropped');
    }
  };
  const save = (): Promise<void> =>
    record.write(reported).catch((cause: unknown) => {
      log.warn('the state of the cameras could not be saved', { cause: sentence(cause) });
    });
  const report = async (notice: Notice, sent: Sent): Promise<void> => {
    metrics.count(`${sent.is}_total`);
    if (sent.is === 'sent') node.healthy();
    else node.degraded(sent.why);
    if (sent.is === 'failed') return;
    log.info('notification finished', { title: titleOf(notice), outcome: sent.is });
    for (const camera of notice.cameras) {
      if (notice.is === 'offline') reported.set(camera, notice.since);
      else reported.delete(camera);
    }
    await save();
  };

  input.onLeft((gone) => {
    let changed = false;
    state.pending = state.pending.filter(({ camera }) => !gone.includes(camera));
    for (const camera of gone) {
      silence.forget(camera);
      changed = reported.delete(camera) || changed;
    }
    if (changed) node.task(save);
  });
  input.each(
    (frame) => {
      if (isWatched(frame.camera) && !input.answers('capture', frame.camera))
        silence.picture(frame.camera, frame.arrived, clock.now());
    },
    { delivery: 'live', demand: 'none' },
  );
  metrics.gauge('cameras_offline', () => silence.offline().size);
  metrics.gauge('notifications_waiting', () => outbox.waiting);
  node.whileActive(() => {
    const ending = new AbortController();
    const ends = AbortSignal.any([node.signal, ending.signal]);
    node.task(async () => {
      while (!ends.aborted) {
        check();
        await clock.sleep(LOOK_MS, ends).catch(() => {});
      }
    });
    node.task(() => outbox.run({ clock, send: deliver, report }, ends));
    return () => ending.abort();
  });
}
