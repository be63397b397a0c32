// Moves pictures from a JetStream stream into the store. The edge gets a receipt after the store has the picture, never earlier.

import type { JsMsg } from '@nats-io/jetstream';
import { isFinal } from '../../../core/contract/final.ts';
import type { Frame, Nats, Node, Release, Store } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { ArchiveWorkerOptions } from '../../../schemas/archive/worker.ts';
import { type Announcement, type Receipt, SITE, siteOf, unpack } from '../../kit/archive/protocol.ts';
import type { Conditions } from '../../kit/disk/conditions.ts';
import { type JetStream, openJetStream } from '../../kit/nats/jetstream.ts';
import { createBackoff } from '../../kit/work/backoff.ts';
import { announceStored, nameOf } from './picture.ts';

const DURABLE = 'camd-archive';
/** A picture that a worker has not finished after this time is delivered to another worker. */
const ACK_WAIT_MS = 60_000;
/** Pause after the store has refused a picture. */
const AGAIN_MS = 2000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
const NANOS = 1_000_000;

export function consumeStream(
  node: Node<ArchiveWorkerOptions>,
  nats: Nats,
  store: () => Store,
  conditions: Conditions,
): Release {
  const { options, metrics } = node;
  const ended = new AbortController();
  const signal = AbortSignal.any([node.signal, ended.signal]);

  const put = async (message: JsMsg): Promise<void> => {
    const site = siteOf(options.prefix, message.subject);
    const found = SITE.test(site) ? unpack(Buffer.from(message.data)) : 'its site is not a valid name';
    if (typeof found === 'string') {
      metrics.count('rejected_total');
      node.log.warn('a message of the stream is not a valid picture', { site, why: found });
      return message.term(found);
    }
    const { announcement, data } = found;
    try {
      const stored = await store().put(frameOf(node, site, announcement, data));
      conditions.set('store', undefined);
      metrics.count('stored_total');
      answer(announcement, { is: 'stored', id: stored.id });
      announceStored(nats, options, site, stored, announcement.md5);
      message.ack();
    } catch (cause) {
      const final = isFinal(cause);
      metrics.count(final ? 'rejected_total' : 'failed_total');
      if (!final) conditions.set('store', `Pictures of the stream are not stored: ${sentence(cause)}`);
      if (!final) return message.nak(AGAIN_MS);
      answer(announcement, { is: 'refused', why: sentence(cause), final });
      message.term('rejected');
    }
  };
  const answer = ({ receipt }: Announcement, reply: Receipt): void => {
    if (receipt === undefined) return;
    try {
      nats.publish(receipt, JSON.stringify(reply));
    } catch {
      // The edge sends the picture again under the same key.
    }
  };

  let isReading = false;
  const consume = async (stream: string): Promise<void> => {
    const jetStream = await openJetStream(nats, 'archive/worker needs');
    await prepare(jetStream, stream, options);
    const consumer = await jetStream.client.consumers.get(stream, DURABLE);
    const messages = await consumer.consume({ max_messages: options.parallel });
    conditions.set('stream', undefined);
    isReading = true;
    const stop = (): void => messages.stop();
    signal.addEventListener('abort', stop, { once: true });
    const open = new Set<Promise<void>>();
    try {
      for await (const message of messages) {
        const work = put(message).finally(() => open.delete(work));
        open.add(work);
        if (open.size >= options.parallel) await Promise.race(open);
      }
      await Promise.all(open);
    } finally {
      isReading = false;
      signal.removeEventListener('abort', stop);
    }
  };
  node.metrics.gauge('stream_connected', () => (isReading ? 1 : 0));
  void (async () => {
    const backoff = createBackoff({ first: FIRST_PAUSE_MS, most: LONGEST_PAUSE_MS });
    while (!signal.aborted) {
      try {
        await connected(nats, signal);
        await consume(options.stream ?? '');
        backoff.reset();
      } catch (cause) {
        if (signal.aborted) return;
        conditions.set('stream', `The stream ${options.stream} cannot be read: ${sentence(cause)}`);
      }
      await node.clock.sleep(backoff.next(), signal).catch(() => {});
    }
  })();
  return () => ended.abort();
}

/** Creates the stream and its consumer if they are missing. A full stream refuses pictures, so the edges keep them. */
async function prepare({ manager }: JetStream, stream: string, options: ArchiveWorkerOptions): Promise<void> {
  const config = {
    name: stream,
    subjects: [`${options.prefix}.*.picture`],
    retention: 'workqueue' as const,
    discard: 'new' as const,
    storage: 'file' as const,
    max_bytes: options.max_bytes,
    num_replicas: options.replicas,
  };
  const existing = await manager.streams.info(stream).catch(() => undefined);
  if (!existing) await manager.streams.add(config);
  const consumer = await manager.consumers.info(stream, DURABLE).catch(() => undefined);
  if (consumer) return;
  await manager.consumers.add(stream, {
    durable_name: DURABLE,
    ack_policy: 'explicit',
    ack_wait: ACK_WAIT_MS * NANOS,
    max_ack_pending: options.max_pending,
  });
}

/** Resolves once existing is a connection. */
function connected(nats: Nats, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let release: Release | undefined;
    const gone = (): void => {
      release?.();
      reject(signal.reason);
    };
    signal.addEventListener('abort', gone, { once: true });
    release = nats.onConnection((is) => {
      if (!is) return;
      signal.removeEventListener('abort', gone);
      queueMicrotask(() => release?.());
      resolve();
    });
  });
}

function frameOf(
  { options, clock }: Node<ArchiveWorkerOptions>,
  site: string,
  { camera, key, time, type, width, height }: Announcement,
  data: Buffer,
): Frame {
  return {
    camera: nameOf(options, site, camera),
    key,
    seq: 0,
    time,
    arrived: clock.monotonic(),
    type,
    data,
    width,
    height,
    hasHeadroom: false,
    meta: { site },
  };
}
