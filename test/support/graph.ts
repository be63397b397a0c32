// Graphs without a profile: nodes made of plain functions, for tests of the core.

import { type Clock, systemClock } from '../../core/base/clock.ts';
import { createLog } from '../../core/base/log.ts';
import { createMemoryBudget } from '../../core/base/memory.ts';
import type { Frame } from '../../core/contract/frame.ts';
import type { Capture, Delivery, Node, NodePlugin, ParserFactory, Provided } from '../../core/contract/plugin.ts';
import type { ResourceKind } from '../../core/contract/schema.ts';
import type { DaemonView } from '../../core/contract/status.ts';
import { type Plan, plan } from '../../core/graph/plan/plan.ts';
import { createCameraDirectory } from '../../core/graph/run/cameras.ts';
import { createListeners, type Listeners } from '../../core/graph/run/listeners.ts';
import { createRunner, type Runner } from '../../core/graph/run/runner.ts';
import type { Claim, NodeSpec } from '../../core/profile/profile.ts';

export interface Part {
  readonly use?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  /** Option → referenced nodes. */
  readonly refs?: Readonly<Record<string, readonly string[]>>;
  /** Delivery of the frames of `from`, as in its schema; without it, no sender waits for the node. */
  readonly delivery?: Delivery;
  /** Path of its route on the servers in `on`. */
  readonly path?: string;
  readonly claims?: readonly [ResourceKind, string][];
  readonly exclusive?: boolean;
  readonly parser?: ParserFactory;
  start(node: Node<Record<string, unknown>>): Provided | undefined | void | Promise<Provided | undefined | void>;
}

const PLACE = { file: 'test.yaml', line: 1, column: 1, length: 1 };

export interface Graph {
  readonly runner: Runner;
  readonly lines: Record<string, unknown>[];
  plan(parts: Readonly<Record<string, Part>>): Plan;
}

export function graph(listeners: Listeners = createListeners(), clock: Clock = systemClock): Graph {
  const lines: Record<string, unknown>[] = [];
  const code = new Map<NodeSpec, Part>();
  const memory = createMemoryBudget(2 ** 30);
  const daemon: DaemonView = {
    version: '0',
    startedAt: 0,
    nodes: () => [],
    cameras: () => [],
    reloads: () => ({ count: 0 }),
    memory: () => memory,
  };
  const runner = createRunner({
    log: createLog({ level: 'debug', write: (line) => void lines.push(JSON.parse(line)) }),
    clock,
    listeners,
    memory,
    daemon,
    cameras: createCameraDirectory(),
    profile: () => ({
      read: async () => ({ revision: '', nodes: [] }),
      change: async () => ({ ok: false, reason: 'failed', message: 'there is no profile', files: [], problems: [] }),
    }),
    kernel() {
      throw new Error('there is no kernel');
    },
    folder: '/',
    stateFolder: '/nonexistent',
    resolve: (path) => path,
    async load(node) {
      const part = code.get(node.spec);
      if (!part) throw new Error(`no code for ${node.spec.id}`);
      const plugin: NodePlugin<never> = { start: (context) => part.start(context as Node<Record<string, unknown>>) };
      return { node, plugin, parser: part.parser };
    },
  });
  return {
    runner,
    lines,
    plan(parts) {
      const nodes = new Map<string, NodeSpec>();
      for (const [id, part] of Object.entries(parts)) {
        const spec: NodeSpec = {
          id,
          use: part.use ?? 'test/part',
          options: part.options ?? {},
          parse: undefined,
          provides: [],
          exclusive: part.exclusive ?? false,
          references: Object.entries(part.refs ?? {}).map(([option, to]) => ({
            option,
            to,
            ports: option === 'from' ? ['frames'] : ['server'],
            delivery: option === 'from' ? part.delivery : undefined,
            places: to.map(() => PLACE),
          })),
          claims: (part.claims ?? []).map(([kind, name]): Claim => ({ kind, name, place: PLACE })),
          routes: routesOf(part),
          place: PLACE,
        };
        nodes.set(id, spec);
        code.set(spec, part);
      }
      return plan({ nodes });
    },
  };
}

const routesOf = ({ path, refs }: Part): NodeSpec['routes'] =>
  path === undefined ? [] : (refs?.on ?? []).map((server) => ({ server, path, page: false, place: PLACE }));

export const picture = (text = 'x', camera?: string): Capture => ({
  data: Buffer.from(text),
  type: 'image/jpeg',
  width: 1,
  height: 1,
  hasHeadroom: false,
  ...(camera === undefined ? {} : { camera }),
});

/** A source whose frames come from the test; `send` resolves with their acknowledgement. */
export function feed(extra: Partial<Part> = {}): Part & { send(text: string, wait?: boolean): Promise<void> } {
  let node: Node<Record<string, unknown>> | undefined;
  return {
    ...extra,
    start(context) {
      node = context;
      context.output.announce(context.id);
    },
    async send(text, wait) {
      if (!node) throw new Error('the feed has not started');
      await node.output.emit(node.output.stamp(picture(text)), wait);
    },
  };
}

/** A consumer that records the text of every frame. */
export function sink(
  from: readonly string[],
  delivery: Delivery = 'live',
  extra: Partial<Part> = {},
): Part & { seen: string[]; frames: Frame[] } {
  const seen: string[] = [];
  const frames: Frame[] = [];
  return {
    refs: { from },
    ...extra,
    seen,
    frames,
    start(node) {
      node.input().each(
        (frame) => {
          seen.push(frame.data.toString());
          frames.push(frame);
        },
        { delivery },
      );
    },
  };
}
