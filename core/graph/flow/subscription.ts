// A subscription delivers one producer's frames to one consumer's handler, as `live`, `every` or `through`.

import type { Frame } from '../../contract/frame.ts';
import type { Delivery, FrameHandler } from '../../contract/plugin.ts';
import { environment, type Fault, isFault } from '../../contract/problems.ts';

/** Cameras for which a `live` consumer may have a frame waiting; frames of further ones are skipped. */
export const MAX_WAITING_CAMERAS = 4096;
/** Frames queued for an `every` consumer by default. */
export const DEFAULT_QUEUE = 16;

export interface Subscription {
  /** True if a frame pushed with `wait` is acknowledged, by this consumer or by its own consumers. */
  readonly acknowledges?: boolean;
  /** Returns undefined if there is nothing to wait for; otherwise a promise that settles when the consumer has acknowledged or refused. */
  push(frame: Frame, wait: boolean): undefined | Promise<void>;
  /** Accepts no more frames; resolves when the accepted ones are settled. */
  drain(): Promise<void>;
  /** Refuses all queued frames. */
  close(): void;
}

export interface SubscriptionOptions {
  readonly handler: FrameHandler;
  readonly delivery: Delivery;
  readonly queue?: number;
  readonly parallel?: number;
  /** A frame was skipped for this consumer. */
  onSkip(frame: Frame): void;
  /** The queue of an `every` consumer is full (true) or has room again (false). */
  onFull(full: boolean): void;
  /** A frame was refused. */
  onRefuse?(cause: unknown): void;
  /** A frame was acknowledged by a handler that returns a promise. */
  onAccept?(): void;
  /** The handler threw an error that is not a refusal of one frame. */
  onFail(cause: unknown): void;
}

export function createSubscription(options: SubscriptionOptions): Subscription {
  if (options.delivery === 'live') return liveSubscription(options);
  return options.delivery === 'every' ? everySubscription(options) : throughSubscription(options);
}

function liveSubscription({ handler, onSkip, onFail }: SubscriptionOptions): Subscription {
  const waiting = new Map<string, Frame>();
  let busy: Promise<void> | undefined;
  let open = true;

  const done = (): void => {
    busy = undefined;
    for (const [camera, frame] of waiting) {
      waiting.delete(camera);
      hand(frame);
      if (busy) return;
    }
  };
  const failed = (cause: unknown): void => {
    busy = undefined;
    waiting.clear();
    onFail(cause);
  };
  const hand = (frame: Frame): void => {
    try {
      const result = handler(frame, false);
      if (result) busy = result.then(done, failed);
    } catch (cause) {
      failed(cause);
    }
  };

  return {
    acknowledges: false,
    push(frame) {
      if (!open) return undefined;
      if (!busy) {
        hand(frame);
        return undefined;
      }
      const older = waiting.get(frame.camera);
      if (older) onSkip(older);
      else if (waiting.size >= MAX_WAITING_CAMERAS) {
        onSkip(frame);
        return undefined;
      }
      waiting.set(frame.camera, frame);
      return undefined;
    },
    async drain() {
      open = false;
      waiting.clear();
      await busy;
    },
    close() {
      open = false;
      waiting.clear();
    },
  };
}

interface Queued {
  readonly frame: Frame;
  readonly wait: boolean;
  resolve(): void;
  reject(cause: unknown): void;
}

function everySubscription(options: SubscriptionOptions): Subscription {
  const { handler, queue: limit = DEFAULT_QUEUE, parallel = 1, onSkip, onFull, onFail, onRefuse, onAccept } = options;
  const queue: Queued[] = [];
  const idle: (() => void)[] = [];
  /** Cameras whose frame the consumer is processing: one frame per camera at a time, to keep the order. */
  const busy = new Set<string>();
  let open = true;
  let full = false;

  const next = (): void => {
    while (busy.size < parallel) {
      const at = queue.findIndex(({ frame }) => !busy.has(frame.camera));
      const [item] = at < 0 ? [] : queue.splice(at, 1);
      if (!item) break;
      work(item);
    }
    if (busy.size === 0) for (const resolve of idle.splice(0)) resolve();
  };
  const work = (item: Queued): void => {
    const { camera } = item.frame;
    if (full && queue.length < limit) {
      full = false;
      onFull(false);
    }
    busy.add(camera);
    hand(item).then(
      () => {
        busy.delete(camera);
        onAccept?.();
        item.resolve();
        next();
      },
      (cause) => {
        busy.delete(camera);
        onRefuse?.(cause);
        item.reject(cause);
        if (!isFault(cause) || cause.blame !== 'environment') onFail(cause);
        next();
      },
    );
  };
  const hand = async (item: Queued): Promise<void> => handler(item.frame, item.wait);

  return {
    acknowledges: true,
    push(frame, wait) {
      if (!open) return wait ? Promise.reject(stopping()) : undefined;
      if (queue.length >= limit && !wait) {
        onSkip(frame);
        if (!full) {
          full = true;
          onFull(true);
        }
        return undefined;
      }
      return new Promise<void>((resolve, reject) => {
        queue.push({ frame, wait, resolve, reject });
        if (busy.size < parallel) next();
      });
    },
    drain() {
      open = false;
      return busy.size > 0 || queue.length > 0 ? new Promise((resolve) => idle.push(resolve)) : Promise.resolve();
    },
    close() {
      open = false;
      for (const item of queue.splice(0)) item.reject(stopping());
      for (const resolve of idle.splice(0)) resolve();
    },
  };
}

function throughSubscription({ handler, onFail, onRefuse, onAccept }: SubscriptionOptions): Subscription {
  let open = true;
  const refused = (cause: unknown): never => {
    onRefuse?.(cause);
    throw cause;
  };
  return {
    acknowledges: true,
    push(frame, wait) {
      if (!open) return undefined;
      try {
        return handler(frame, wait)?.then(onAccept, refused);
      } catch (cause) {
        onFail(cause);
        return wait ? Promise.reject(cause) : undefined;
      }
    },
    async drain() {
      open = false;
    },
    close() {
      open = false;
    },
  };
}

const stopping = (): Fault => environment('consumer-stopping', 'the consumer is being stopped; send the frame again');
