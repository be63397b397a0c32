// A test source, a cache, a server and its routes, run by the real runner on free ports.

import { type Clock, systemClock } from '../../core/base/clock.ts';
import { allocate, type Frame, settle } from '../../core/contract/frame.ts';
import type { Node, Provided } from '../../core/contract/plugin.ts';
import type { Server, Stills } from '../../core/contract/ports.ts';
import { createListeners } from '../../core/graph/run/listeners.ts';
import cache from '../../plugins/cache/latest.ts';
import server from '../../plugins/http/server/index.ts';
import snapshot from '../../plugins/http/snapshot.ts';
import stream from '../../plugins/http/stream.ts';
import type { HttpServerOptions } from '../../schemas/http/server.ts';
import type { HttpSnapshotOptions } from '../../schemas/http/snapshot.ts';
import type { HttpStreamOptions } from '../../schemas/http/stream.ts';
import { type Graph, graph, type Part, picture } from './graph.ts';
import { until } from './until.ts';

export interface Ending {
  teardown(work: () => void | Promise<void>): void;
}

/** Options as in a checked profile. */
export const SERVER: HttpServerOptions = {
  listen: '127.0.0.1:0',
  also_under: [],
  trusted_proxies: [],
  header_timeout: 10_000,
  request_timeout: 300_000,
  keep_alive_timeout: 75_000,
  max_body: 2 ** 20,
  max_connections: 4096,
  max_connections_per_address: 256,
};
const SNAPSHOT = { offline: 'unavailable', timeout: 15_000, wait: 20_000, max_waiting: 256 } as const;
const STREAM = { stall: 30_000, repeat: 5000, max_viewers: 1024 };

export type Parts = Record<string, Part>;

/** A node controlled by the test. */
export const sourcePart = (take: (node: Node<Record<string, unknown>>) => void): Part => ({
  use: 'test/source',
  start: (node) => take(node),
});
export const cachePart = (from: readonly string[], staleAfter = 15_000): Part => ({
  use: 'cache/latest',
  options: { stale_after: staleAfter, max_cameras: 4096 },
  refs: { from },
  start: (node) => cache.start(node as never),
});
export const serverPart = (options: Partial<HttpServerOptions> = {}): Part => ({
  use: 'http/server',
  options: { ...SERVER, ...options },
  start: (node) => server.start(node as never),
});
export const snapshotPart = (options: Partial<HttpSnapshotOptions> = {}): Part => ({
  use: 'http/snapshot',
  options: { ...SNAPSHOT, path: '/snapshot.jpg', ...options },
  refs: { on: ['web'], from: ['latest'] },
  start: (node) => snapshot.start(node as never),
});
export const streamPart = (options: Partial<HttpStreamOptions> = {}): Part => ({
  use: 'http/stream',
  options: { ...STREAM, path: '/stream.mjpg', ...options },
  refs: { on: ['web'], from: ['latest'] },
  start: (node) => stream.start(node as never),
});
/** Routes of the test. */
export const routePart = (attach: (server: Server) => void): Part => ({
  use: 'test/route',
  refs: { on: ['web'] },
  start: (node) => node.ref('on', 'server').bind(attach),
});

export interface Site extends Graph {
  readonly parts: Parts;
  /** "http://127.0.0.1:12345". */
  origin(): string;
  port(): number;
  source(): Node<Record<string, unknown>>;
  stills(): Stills;
  /** Emits a picture like a camera; a picture in bytes gets headroom, as from a parser. */
  shoot(picture?: string | Buffer, camera?: string): Frame;
  metrics(id: string): Readonly<Record<string, number>>;
  /** Switches the running graph to these parts. */
  move(parts: Parts): Promise<void>;
}

/** Adds `parts` to a source, a cache and a server; a part with the same name replaces one of these. */
export async function site(t: Ending, parts: Parts = {}, clock: Clock = systemClock): Promise<Site> {
  const base = graph(createListeners(), clock);
  let node: Node<Record<string, unknown>> | undefined;
  const all: Parts = {
    camera: sourcePart((started) => {
      node = started;
      started.output.announce('camera');
    }),
    latest: cachePart(['camera']),
    web: serverPart(),
    ...parts,
  };
  t.teardown(() => base.runner.stop());
  await base.runner.boot(base.plan(all));
  const isStarting = () => base.runner.status().some(({ id, state }) => id === 'web' && state.is === 'starting');
  await until(() => !isStarting(), 'the server to have started');
  const provided = (id: string): Provided => base.runner.provided(id) ?? {};
  const source = (): Node<Record<string, unknown>> => {
    if (!node) throw new Error('the source has not started');
    return node;
  };
  const origin = (): string => {
    const found = provided('web').server?.origin;
    if (!found) throw new Error(`the server does not run: ${JSON.stringify(base.runner.status())}`);
    return found;
  };
  return {
    ...base,
    parts: all,
    origin,
    port: () => Number(new URL(origin()).port),
    source,
    stills() {
      const { stills } = provided('latest');
      if (!stills) throw new Error('the cache does not run');
      return stills;
    },
    shoot(content = 'x', camera = 'camera') {
      const capture =
        typeof content === 'string' ? picture(content, camera) : { ...picture('', camera), ...hasHeadroom(content) };
      const frame = source().output.stamp(capture);
      void source().output.emit(frame);
      return frame;
    },
    metrics: (id) => base.runner.status().find((node) => node.id === id)?.metrics ?? {},
    move: async (next) => void (await base.runner.apply(base.plan(next))),
  };
}

function hasHeadroom(content: Buffer): { data: Buffer; hasHeadroom: true } {
  const data = settle(allocate(content.length), content.length);
  content.copy(data);
  return { data, hasHeadroom: true };
}
