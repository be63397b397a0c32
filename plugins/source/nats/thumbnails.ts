// The newest pictures of all cameras, which the edges write to a key-value bucket in the memory of JetStream.

import type { Kvm } from '@nats-io/kv';
import type { Nats, Node, Ref, Registry } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import { decodePacket, replyOf } from '../../kit/fleet/packet.ts';
import { edgeOfThumbnail } from '../../kit/fleet/subjects.ts';
import { isRefusal } from '../../kit/image/jpeg-header.ts';
import { toImage } from '../../kit/image/recognise.ts';
import { isKnown } from '../../kit/ingest/known.ts';
import { openBuckets } from '../../kit/nats/jetstream.ts';

export interface ThumbnailsOptions {
  readonly bucket: string;
  /** Milliseconds for which the bucket keeps a picture. */
  readonly maxAge: number;
  /** The message while NATS is disconnected. */
  readonly waiting: string;
}

/** Milliseconds before the bucket is opened again. */
const RETRY_MS = 5000;
/** Limit of a new bucket, in bytes. */
const MAX_BYTES = 512 * 1024 * 1024;

export function readThumbnails(
  node: Node<unknown>,
  { bucket, maxAge, waiting }: ThumbnailsOptions,
  nats: Ref<Nats>,
  only: Ref<Registry> | undefined,
): void {
  const { output, metrics } = node;
  const publish = async (edge: string, value: Uint8Array): Promise<void> => {
    const packet = decodePacket(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
    const reply = packet && replyOf(packet);
    const image = reply?.is === 'picture' ? toImage(reply.data, false) : undefined;
    if (reply?.is !== 'picture' || !image || isRefusal(image)) return metrics.count('bad_pictures_total');
    const { camera, key, time, meta } = reply.head;
    if (!(await isKnown(only, camera))) return;
    metrics.count('pictures_total');
    output.announce(camera);
    void output.emit(output.stamp({ ...image, camera, time, key, meta: { ...meta, edge } }));
  };
  const read = async (port: Nats, signal: AbortSignal): Promise<void> => {
    const buckets: Kvm = await openBuckets(port, 'source/nats with size: thumbnail needs');
    const store = await buckets.create(bucket, {
      ...{ history: 1, storage: 'memory', ttl: maxAge, max_bytes: MAX_BYTES },
    });
    const watching = await store.watch();
    const stop = (): void => watching.stop();
    signal.addEventListener('abort', stop, { once: true });
    node.healthy();
    try {
      for await (const { key, value, operation } of watching) {
        const edge = edgeOfThumbnail(key);
        if (edge === undefined || operation !== 'PUT') continue;
        await publish(edge, value).catch((cause: unknown) => {
          node.log.info('a thumbnail was skipped', { edge, why: sentence(cause) });
        });
      }
    } finally {
      signal.removeEventListener('abort', stop);
    }
  };

  nats.bind((port) => {
    let reading: AbortController | undefined;
    const watch = port.onConnection((up) => {
      reading?.abort();
      reading = undefined;
      if (!up) return node.degraded(waiting);
      const control = new AbortController();
      reading = control;
      node.task(async (ending) => {
        const signal = AbortSignal.any([ending, control.signal]);
        while (!signal.aborted) {
          await read(port, signal).catch((cause: unknown) => {
            if (!signal.aborted) node.degraded(`The bucket ${bucket} cannot be read: ${sentence(cause)}`);
          });
          await node.clock.sleep(RETRY_MS, signal).catch(() => {});
        }
      });
    });
    return () => {
      watch();
      reading?.abort();
    };
  });
}
