// The hub's side of the camd protocol: offers the cameras of all edges as those of one source, over any carrier.

import { randomBytes } from 'node:crypto';
import { allocate, settle } from '../../../core/contract/frame.ts';
import {
  environment,
  type Frame,
  type Node,
  type Ref,
  type Registry,
  type Release,
  type RequestKind,
} from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import { isRefusal } from '../image/jpeg-header.ts';
import { toImage } from '../image/recognise.ts';
import { registryOf } from '../ingest/known.ts';
import { type Chain, replyFault, startChain } from './chain.ts';
import { createDirectory, type Entry } from './directory.ts';
import { createLists } from './lists.ts';
import type { HubCarrier, HubHandler, Reply, Request, Size } from './protocol.ts';

/** Milliseconds between two checks for edges that have been offline for too long. */
const SWEEP_MS = 5000;
/** Milliseconds for a command. */
const COMMAND_MS = 30_000;
/** Milliseconds for which two edges with the same camera id degrade the node. */
const RIVALS_MS = 30_000;

export interface HubOptions {
  readonly size: Size;
  readonly every: number;
  readonly lease: number;
  readonly forgetAfter: number;
  readonly captureTimeout: number;
}

export interface Hub {
  readonly handler: HubHandler;
}

type Picture = Extract<Reply, { is: 'picture' }>;

export function createHub(
  node: Node<unknown>,
  options: HubOptions,
  carrier: HubCarrier,
  only: Ref<Registry> | undefined,
): Hub {
  const { clock, output, metrics, log } = node;
  const chains = new Map<string, { readonly chain: Chain; holds: number }>();
  /** The hold of each camera while a consumer wants all cameras. */
  let all: Map<string, Release> | undefined;
  let connected = false;
  let conflict: { readonly why: string; readonly at: number } | undefined;
  const hub = randomBytes(8).toString('hex');

  const directory = createDirectory({
    stale: (edge) => lists.ask(edge),
    appeared({ id }) {
      output.announce(id);
      chains.get(id)?.chain.kick();
      if (all && !all.has(id)) all.set(id, hold(id));
    },
    left(camera) {
      output.withdraw(camera);
      all?.get(camera)?.();
      all?.delete(camera);
    },
    back(edge) {
      for (const camera of directory.camerasOf(edge)) chains.get(camera)?.chain.kick();
    },
    duplicates(camera, first, second) {
      carrier.send(first, { is: 'rival', camera, edge: second });
      carrier.send(second, { is: 'rival', camera, edge: first });
      metrics.count('rivals_total');
      const why = `The edges "${first}" and "${second}" both have a camera ${camera}; "${first}" serves it. Give one of the two another id.`;
      conflict = { why, at: clock.monotonic() };
      node.degraded(why);
    },
  });
  const lists = createLists({
    carrier,
    signal: node.signal,
    async allowed(cameras) {
      if (!only) return cameras;
      const registry = registryOf(only);
      const known = await Promise.all(cameras.map(async ({ id }) => (await registry.lookup(id)) !== undefined));
      return cameras.filter((_, index) => known[index]);
    },
    listed: (edge, revision, cameras) => directory.list(edge, revision, cameras),
    failed: (edge, cause) => log.info('an edge sent no list of its cameras', { edge, why: sentence(cause) }),
  });

  const frameOf = (picture: Picture, edge: string): Frame | undefined => {
    const { head, data } = picture;
    const own = allocate(data.length);
    const copy = settle(own, data.length);
    data.copy(copy);
    const image = toImage(copy, true);
    if (isRefusal(image)) {
      metrics.count('bad_pictures_total');
      log.warn('an edge sent data that is not a picture', { edge, camera: head.camera, why: image.reason });
      return undefined;
    }
    const { camera, key, time, meta } = head;
    return output.stamp({ ...image, camera, time, meta: { ...meta, edge }, ...(key === '' ? {} : { key }) });
  };
  const start = (camera: string): Chain =>
    startChain(camera, {
      ...{ hub, size: options.size, every: options.every, lease: options.lease, clock, carrier },
      find: directory.find,
      async picture(picture, edge) {
        const frame = frameOf(picture, edge);
        if (!frame) return;
        metrics.count('pictures_total');
        if (output.acknowledged()) await output.emit(frame, true).catch(() => metrics.count('refused_total'));
        else void output.emit(frame);
      },
      failed(_, cause) {
        metrics.count('failed_requests_total');
        log.debug('an edge sent no picture', { camera, why: sentence(cause) });
      },
    });
  const hold = (camera: string): Release => {
    const held = chains.get(camera) ?? { chain: start(camera), holds: 0 };
    chains.set(camera, held);
    held.holds++;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      if (--held.holds > 0) return;
      chains.delete(camera);
      held.chain.stop();
    };
  };
  output.onWant((camera) => {
    if (camera !== undefined) return hold(camera);
    const holds = new Map([...directory.cameras()].map(({ id }) => [id, hold(id)]));
    all = holds;
    return () => {
      if (all === holds) all = undefined;
      for (const release of holds.values()) release();
    };
  });

  const ask = async (
    camera: string,
    request: Request,
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<[Reply, Entry]> => {
    const entry = directory.find(camera);
    if (!entry) throw environment('unknown-camera', `No edge has a camera ${camera}.`);
    return [await carrier.ask(entry.edge, request, { signal, timeoutMs }), entry];
  };
  const can = (kind: RequestKind) => (camera: string) => directory.find(camera)?.[kind] === true;
  const capture = async (camera: string, _scope: unknown, signal: AbortSignal): Promise<Frame> => {
    metrics.count('captures_total');
    const { captureTimeout: timeout } = options;
    const [reply, { edge }] = await ask(camera, { is: 'capture', camera, timeout }, signal, timeout + 1000);
    if (reply.is !== 'picture') throw replyFault(reply);
    const frame = frameOf(reply, edge);
    if (!frame) throw environment('no-picture', `The edge "${edge}" sent no picture of ${camera}.`);
    return frame;
  };
  output.answer('capture', capture, can('capture'));
  output.answer(
    'command',
    async (camera, { name, args }, signal) => {
      const request: Request = { is: 'command', camera, name, ...(args === undefined ? {} : { args }) };
      const [reply] = await ask(camera, request, signal, COMMAND_MS);
      if (reply.is !== 'fact') throw replyFault(reply);
      return reply.fact;
    },
    can('command'),
  );

  only?.bind((registry) => registry.watch(() => directory.markStale()));
  metrics.gauge('edges', () => directory.edges);
  metrics.gauge('cameras', () => directory.size);
  metrics.gauge('cameras_asked', () => chains.size);
  node.cameras.report(function* () {
    const now = clock.monotonic();
    for (const { id, edge } of directory.cameras()) {
      if (!directory.isOnline(edge, now)) yield [id, { why: `The edge "${edge}" is offline.` }] as const;
    }
  });
  node.task(async (signal) => {
    while (!signal.aborted) {
      await clock.sleep(SWEEP_MS, signal).catch(() => {});
      const now = clock.monotonic();
      directory.sweep(now, options.forgetAfter);
      if (!conflict || now - conflict.at < RIVALS_MS) continue;
      conflict = undefined;
      if (connected) node.healthy();
    }
  });
  node.defer(() => {
    for (const { chain } of chains.values()) chain.stop();
  });

  return {
    handler: {
      hello: (edge, hello) => directory.hello(edge, hello, clock.monotonic()),
      connected(up) {
        connected = up;
        if (up && !conflict) node.healthy();
        for (const { chain } of chains.values()) chain.kick();
      },
    },
  };
}
