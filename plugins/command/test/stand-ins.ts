// Replaces nodes with outside connections (sources, MQTT, registries, services, printers) by stand-ins; the profile is not changed.

import type { Catalog } from '../../../core/catalog/catalog.ts';
import type { Capture, Node, NodePlugin, Provided } from '../../../core/contract/plugin.ts';
import type { PortName, Printer, PrinterState, Registry, Service } from '../../../core/contract/ports.ts';
import type { NodeSpec, Profile } from '../../../core/profile/profile.ts';
import { createFakeBroker, type FakeBroker } from './broker.ts';
import type { Content } from './language.ts';

export interface StandIns {
  readonly feeds: ReadonlyMap<string, Feed>;
  readonly brokers: ReadonlyMap<string, FakeBroker>;
  readonly services: ReadonlyMap<string, FakeService>;
  readonly printers: ReadonlyMap<string, FakePrinter>;
  /** The catalog, with stand-ins for the nodes of these ids. */
  wrap(catalog: Catalog): Catalog;
}

export interface Feed {
  /** Resolves when every consumer that acknowledges has accepted or refused the picture. */
  send(capture: Capture): Promise<void>;
}

export interface FakeService {
  readonly port: Service;
  stops(): number;
}

export interface FakePrinter {
  readonly port: Printer;
  set(state: PrinterState): void;
}

/** True for nodes whose pictures the test provides: they send frames and receive none, neither from a node nor from clients. */
export function isFed(spec: NodeSpec): boolean {
  const takes = (port: PortName): boolean => spec.references.some(({ ports }) => ports.includes(port));
  return spec.provides.includes('frames') && !takes('frames') && !takes('server') && !takes('mqtt');
}

/** `take`: the next picture of a source, for captures. `resolve`: maps a path to one that the nodes may write. */
export function createStandIns(
  profile: Profile,
  content: Content,
  take: (node: string) => Capture,
  resolve: (path: string) => string,
): StandIns {
  const specs = [...profile.nodes.values()];
  const pick = <T>(test: (spec: NodeSpec) => boolean, make: (spec: NodeSpec) => T): Map<string, T> =>
    new Map(specs.filter(test).map((spec) => [spec.id, make(spec)]));
  const provides = (port: PortName) => (spec: NodeSpec) => spec.provides.includes(port);

  const feeds = pick(isFed, () => createFeed(take));
  const brokers = pick(provides('mqtt'), createFakeBroker);
  const services = pick(provides('service'), createFakeService);
  const printers = pick(provides('printer'), createFakePrinter);
  const registries = pick(provides('registry'), ({ id }) => createFakeRegistry(content.known?.[id] ?? []));
  const portsOf = (id: string): Provided | undefined => {
    const mqtt = brokers.get(id)?.port;
    const service = services.get(id)?.port;
    const printer = printers.get(id)?.port;
    const registry = registries.get(id);
    if (mqtt) return { mqtt };
    if (service) return { service };
    if (printer) return { printer };
    return registry ? { registry } : undefined;
  };
  const standIn = (plugin: NodePlugin): NodePlugin => ({
    ...plugin,
    start(node) {
      const feed = feeds.get(node.id);
      if (feed) return feed.start(node, plugin);
      return portsOf(node.id) ?? plugin.start({ ...node, resolve });
    },
  });
  return {
    feeds,
    brokers,
    services,
    printers,
    wrap: (catalog) => ({ ...catalog, node: async (use) => standIn(await catalog.node(use)) }),
  };
}

interface StartedFeed extends Feed {
  start(node: Node<Record<string, unknown>>, plugin: NodePlugin): undefined;
}

function createFeed(take: (node: string) => Capture): StartedFeed {
  let current: Node<Record<string, unknown>> | undefined;
  return {
    start(node, plugin) {
      current = node;
      const none = { cameras: undefined, interval: undefined };
      const view = { id: node.id, provides: () => [], optionsOf: () => undefined, frames: () => none };
      for (const camera of plugin.frames?.(node.options, view).cameras ?? []) node.output.announce(camera);
      const { mode } = node.options;
      if (mode !== undefined && mode !== 'always') {
        node.output.answer('capture', async (camera) => node.output.stamp({ ...take(node.id), camera }));
      }
      return undefined;
    },
    async send(capture) {
      if (!current) throw new Error('the source has not started');
      await current.output.emit(current.output.stamp(capture), true);
    },
  };
}

function createFakeService(): FakeService {
  let stops = 0;
  return {
    stops: () => stops,
    port: {
      unit: 'stand-in.service',
      async suspend() {
        stops++;
        return async () => {};
      },
    },
  };
}

function createFakePrinter(): FakePrinter {
  let state: PrinterState = { is: 'ready' };
  const listeners = new Set<(state: PrinterState) => void>();
  return {
    set(next) {
      state = next;
      for (const listener of listeners) listener(next);
    },
    port: {
      state: () => state,
      watch(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
  };
}

function createFakeRegistry(known: readonly string[] | Readonly<Record<string, string>>): Registry {
  const tokens = new Map(Array.isArray(known) ? known.map((id: string) => [id, undefined]) : Object.entries(known));
  return {
    lookup: async (camera) => (tokens.has(camera) ? { name: camera } : undefined),
    list: async () => [...tokens.keys()].sort(),
    verify: async (camera, secret) => {
      if (!tokens.has(camera)) return 'unknown';
      return tokens.get(camera) === secret ? 'ok' : 'wrong';
    },
    watch: () => () => {},
  };
}
