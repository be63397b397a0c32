// The edge's side of the camd protocol: answers hubs for the cameras of a node's inputs, over any carrier.

import { randomBytes } from 'node:crypto';
import { withDeadline } from '../../../core/base/deadline.ts';
import {
  environment,
  type Frame,
  type Input,
  isFault,
  type Node,
  openScope,
  type Release,
} from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import { createNewest } from '../stills/newest.ts';
import { createCredits } from './credits.ts';
import { createPacer } from './pacer.ts';
import type { EdgeCarrier, EdgeHandler, ListedCamera, Reply, Request, Respond, Size } from './protocol.ts';

/** Most cameras that one edge announces; pictures of further ones are not sent. */
export const MAX_CAMERAS = 10_000;
/** Most captures and commands in progress; further ones are answered with a fault. */
const MAX_BUSY = 256;
/** Longest time in milliseconds for a capture or a command, unless the hub sets a shorter one. */
const MOST_MS = 60_000;
/** Milliseconds between two checks of the leases. */
export const LOOK_MS = 250;
/** Edges say hello after a roll call at a random moment within this time. */
const ROLL_CALL_MS = 1000;
/** Milliseconds for which a rival edge degrades the node. */
const DUPLICATE_MS = 30_000;

export interface EdgeOptions {
  /** The name of this edge. */
  readonly edge: string;
  /** Milliseconds between two hellos. */
  readonly helloEvery: number;
  /** A picture older than this is not sent. */
  readonly staleAfter: number;
}

export interface Edge {
  /** Sends a last hello that marks this edge as offline. */
  leave(): void;
  readonly handler: EdgeHandler;
  /** The newest picture of each camera. */
  newest(size: Size): readonly Frame[];
}

/** Number of hello intervals after which an edge without a hello counts as offline. */
const TTL_HELLOS = 2.5;

export function createEdge(
  node: Node<unknown>,
  options: EdgeOptions,
  carrier: EdgeCarrier,
  small: Input | undefined,
): Edge {
  const { clock, metrics } = node;
  const full = node.input();
  const inputOf = (size: Size): Input => (size === 'small' && small ? small : full);
  const latest = { full: createNewest(), small: createNewest() };
  const session = (): string => randomBytes(8).toString('hex');
  const duplicates = new Map<string, { readonly edge: string; readonly at: number }>();
  let current = session();
  let connected = false;
  let isCalled = false;
  let listed: readonly ListedCamera[] = [];
  let ids: ReadonlySet<string> = new Set();
  let revision = 0;
  let busy = 0;

  const pacer = createPacer(() => clock.monotonic());
  const credits = createCredits({
    now: () => clock.monotonic(),
    pacer,
    want: (camera, size): Release => inputOf(size).want(camera),
    newest(camera, size) {
      const frame = latest[size].get(camera);
      return frame && clock.monotonic() - frame.arrived <= options.staleAfter ? frame : undefined;
    },
    count: (name, by) => metrics.count(name, by),
  });

  const list = (): readonly ListedCamera[] => {
    const slim = new Set(small?.cameras());
    return full
      .cameras()
      .slice(0, MAX_CAMERAS)
      .map((id) => ({
        id,
        capture: full.answers('capture', id),
        command: full.answers('command', id),
        small: slim.has(id),
      }));
  };
  /** A reload or a new camera changes the list without an event; comparing it is cheap. */
  const refresh = (): void => {
    const now = list();
    if (JSON.stringify(now) === JSON.stringify(listed)) return;
    listed = now;
    ids = new Set(now.map(({ id }) => id));
    revision++;
  };
  const has = (camera: string): boolean => {
    if (!ids.has(camera)) refresh();
    return ids.has(camera);
  };
  const hello = (ttl = options.helloEvery * TTL_HELLOS): void => {
    if (connected) carrier.hello({ session: current, revision, ttl });
  };
  const announce = (): void => {
    refresh();
    hello();
  };

  const keep = (size: Size) => (frame: Frame) => {
    if (!latest[size].keep(frame, MAX_CAMERAS, node.memory)) metrics.count('pictures_unkept_total');
    credits.offer();
  };
  full.each(keep('full'), { delivery: 'live', demand: 'none' });
  small?.each(keep('small'), { delivery: 'live', demand: 'none' });
  full.onLeft((cameras) => {
    for (const camera of cameras) latest.full.leave(camera);
    announce();
  });
  small?.onLeft((cameras) => {
    for (const camera of cameras) latest.small.leave(camera);
  });

  const reportRivals = (): void => {
    const now = clock.monotonic();
    for (const [camera, { at }] of duplicates) if (now - at >= DUPLICATE_MS) duplicates.delete(camera);
    const [first] = duplicates;
    if (first) {
      const [camera, { edge }] = first;
      node.degraded(`The edge "${edge}" also has a camera ${camera}: give one of the two another id.`);
    } else if (connected) node.healthy();
  };

  const work = async (request: Extract<Request, { is: 'capture' | 'command' }>): Promise<Reply> => {
    const { camera } = request;
    const ms = request.is === 'capture' && request.timeout > 0 ? Math.min(request.timeout, MOST_MS) : MOST_MS;
    const late = () => environment('edge-late', `The camera ${camera} did not answer the edge in time.`);
    return withDeadline({ ms, late, signals: [node.signal], clock }, async (signal): Promise<Reply> => {
      if (request.is === 'command') {
        const { name, args } = request;
        return {
          is: 'fact',
          fact: await full.ask('command', camera, { name, ...(args === undefined ? {} : { args }) }, signal),
        };
      }
      const opened = openScope(signal);
      try {
        const { key, time, type, meta, data } = await full.ask('capture', camera, opened.scope, signal);
        return { is: 'picture', head: { camera, key, time, type, meta }, data };
      } finally {
        void opened.end();
      }
    });
  };
  const answer = async (request: Extract<Request, { is: 'capture' | 'command' }>, respond: Respond): Promise<void> => {
    if (busy >= MAX_BUSY)
      return respond({ is: 'fault', code: 'edge-busy', message: 'The edge has too many requests in progress.' });
    busy++;
    metrics.count(`${request.is}s_total`);
    try {
      respond(await work(request));
    } catch (cause) {
      // Stack traces of plugins are only for the log of this machine.
      const code = isFault(cause) ? cause.code : 'failed';
      respond({
        is: 'fault',
        code,
        message: isFault(cause) ? sentence(cause) : 'The edge could not answer the request; see its log.',
      });
      if (!isFault(cause))
        node.log.warn('a request of a hub failed', { camera: request.camera, cause: sentence(cause) });
    } finally {
      busy--;
    }
  };
  const unknown = (camera: string, respond: Respond): void => {
    const message = `The edge "${options.edge}" has no camera ${camera}.`;
    respond({ is: 'fault', code: 'unknown-camera', message });
  };

  metrics.gauge('leases', () => credits.size);
  metrics.gauge('under_way_bytes', () => pacer.underWay);
  metrics.gauge('hubs_connected', () => (connected ? 1 : 0));
  node.cameras.report(() =>
    [...duplicates].map(
      ([camera, { edge }]) => [camera, { why: `The edge "${edge}" also has a camera with this id.` }] as const,
    ),
  );
  node.task(async (signal) => {
    while (!signal.aborted) {
      await clock.sleep(LOOK_MS, signal).catch(() => {});
      credits.sweep();
    }
  });
  node.task(async (signal) => {
    while (!signal.aborted) {
      announce();
      reportRivals();
      await clock.sleep(options.helloEvery, signal).catch(() => {});
    }
  });
  node.defer(() => {
    hello(0);
    credits.clear();
    for (const newest of Object.values(latest)) newest.close();
  });

  return {
    leave: () => hello(0),
    newest: (size) => latest[size].frames(),
    handler: {
      request(request, respond) {
        if (request.is === 'list') {
          refresh();
          return respond({ is: 'list', revision, cameras: listed });
        }
        if (request.is === 'want') return credits.want(request);
        if (request.is === 'rival') {
          if (!has(request.camera)) return;
          duplicates.set(request.camera, { edge: request.edge, at: clock.monotonic() });
          return reportRivals();
        }
        if (!has(request.camera)) return unknown(request.camera, respond);
        if (request.is === 'next') return credits.next(request, respond);
        void answer(request, respond);
      },
      rollCall() {
        // Many hubs that start together get one answer.
        if (isCalled) return;
        isCalled = true;
        node.task(async (signal) => {
          await clock.sleep(Math.random() * ROLL_CALL_MS, signal).catch(() => {});
          isCalled = false;
          if (!signal.aborted) announce();
        });
      },
      connected(up) {
        connected = up;
        current = session();
        credits.clear();
        if (up) announce();
        reportRivals();
      },
    },
  };
}
