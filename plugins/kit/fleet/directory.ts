// Maps cameras to edges, from the edges' hellos and lists; pure, the clock is an argument.

import type { Hello, ListedCamera } from './protocol.ts';

/** Most edges of one hub; hellos of further ones are ignored. */
export const MAX_EDGES = 50_000;
/** Most cameras that one hub lists. */
export const MAX_LISTED = 100_000;

export interface Entry extends ListedCamera {
  readonly edge: string;
}

export interface DirectoryEvents {
  /** The list of this edge must be requested. */
  stale(edge: string): void;
  /** The camera is new, or another edge serves it now. */
  appeared(camera: Entry): void;
  left(camera: string): void;
  /** The edge is new, online again or reconnected: open requests to it are lost. */
  back(edge: string): void;
  /** Two edges have a camera with this id: each must be notified of the other. `first` serves it. */
  duplicates(camera: string, first: string, second: string): void;
}

export interface Directory {
  hello(edge: string, hello: Hello, now: number): void;
  /** Cameras that are missing in this list are removed. */
  list(edge: string, revision: number, cameras: readonly ListedCamera[]): void;
  /** The edge that serves this camera. */
  find(camera: string): Entry | undefined;
  isOnline(edge: string, now: number): boolean;
  /** Marks all lists as stale: each is requested again after the next hello of its edge. */
  markStale(): void;
  /** Removes edges that have been offline for `forgetAfter` milliseconds. */
  sweep(now: number, forgetAfter: number): void;
  cameras(): Iterable<Entry>;
  camerasOf(edge: string): Iterable<string>;
  readonly edges: number;
  readonly size: number;
}

interface Edge {
  session: string;
  /** Revision of the latest list. */
  revision: number;
  until: number;
  readonly cameras: Map<string, Entry>;
}

export function createDirectory(events: DirectoryEvents): Directory {
  const edges = new Map<string, Edge>();
  const serving = new Map<string, Entry>();
  /** Camera → the other edges that have it. */
  const others = new Map<string, Map<string, Entry>>();

  const add = (entry: Entry): void => {
    const before = serving.get(entry.id);
    if (!before && serving.size >= MAX_LISTED) return;
    if (before && before.edge !== entry.edge) {
      const rest = others.get(entry.id) ?? new Map<string, Entry>();
      others.set(entry.id, rest);
      // Ordered by name, so that all hubs choose the same edge.
      const [first, second] = before.edge < entry.edge ? [before, entry] : [entry, before];
      rest.delete(first.edge);
      rest.set(second.edge, second);
      serving.set(entry.id, first);
      if (first === entry) events.appeared(entry);
      events.duplicates(entry.id, first.edge, second.edge);
      return;
    }
    serving.set(entry.id, entry);
    if (!before) events.appeared(entry);
  };
  const drop = (entry: Entry): void => {
    const rest = others.get(entry.id);
    rest?.delete(entry.edge);
    if (rest?.size === 0) others.delete(entry.id);
    if (serving.get(entry.id)?.edge !== entry.edge) return;
    serving.delete(entry.id);
    const next = [...(rest?.values() ?? [])].sort((a, b) => (a.edge < b.edge ? -1 : 1))[0];
    if (!next) {
      events.left(entry.id);
      return;
    }
    rest?.delete(next.edge);
    if (rest?.size === 0) others.delete(entry.id);
    serving.set(entry.id, next);
    events.appeared(next);
  };

  return {
    hello(name, { session, revision, ttl }, now) {
      let edge = edges.get(name);
      if (!edge) {
        if (edges.size >= MAX_EDGES) return;
        edge = { session: '', revision: -1, until: 0, cameras: new Map() };
        edges.set(name, edge);
      }
      const was = now < edge.until;
      const changed = edge.session !== session;
      edge.until = now + ttl;
      edge.session = session;
      if (ttl === 0) return;
      if (changed || edge.revision !== revision) events.stale(name);
      if (changed || !was) events.back(name);
      for (const camera of others.size === 0 ? [] : edge.cameras.keys()) {
        const rest = others.get(camera);
        const first = serving.get(camera)?.edge;
        if (rest && first === name) for (const other of rest.keys()) events.duplicates(camera, name, other);
      }
    },
    list(name, revision, cameras) {
      const edge = edges.get(name);
      if (!edge) return;
      edge.revision = revision;
      const now = new Map(cameras.map((camera) => [camera.id, { ...camera, edge: name }] as const));
      for (const [id, entry] of edge.cameras) {
        if (now.has(id)) continue;
        edge.cameras.delete(id);
        drop(entry);
      }
      for (const [id, entry] of now) {
        edge.cameras.set(id, entry);
        add(entry);
      }
    },
    find: (camera) => serving.get(camera),
    isOnline: (name, now) => now < (edges.get(name)?.until ?? 0),
    markStale() {
      for (const edge of edges.values()) edge.revision = -1;
    },
    sweep(now, forgetAfter) {
      for (const [name, edge] of edges) {
        if (now - edge.until < forgetAfter) continue;
        edges.delete(name);
        for (const entry of edge.cameras.values()) drop(entry);
      }
    },
    cameras: () => serving.values(),
    camerasOf: (name) => edges.get(name)?.cameras.keys() ?? [],
    get edges() {
      return edges.size;
    },
    get size() {
      return serving.size;
    },
  };
}
