// The files that wait to be taken: which one is next, and when. Pure but for what it holds.

import type { Version } from './files.ts';

/** Files that wait; what else lies there is found by a later scan. */
export const MAX_WAITING = 10_000;

/** Cameras on hold; beyond, all of them are tried again at once. */
const MAX_HOLDS = 4096;

export interface Waiting {
  readonly path: string;
  readonly camera: string;
  readonly version: Version;
  /** Monotonic milliseconds: when it may be looked at, and since when it has not changed. */
  readonly dueAt: number;
  readonly since: number;
}

export interface Queue {
  readonly size: number;
  get(path: string): Waiting | undefined;
  /** False when the queue is full. */
  put(one: Waiting): boolean;
  drop(path: string): void;
  /** The oldest file that is due and whose camera is not on hold. */
  next(now: number): Waiting | undefined;
  /** When the next file may be due. Infinity when none waits. */
  dueAt(): number;
  /** Pictures of this camera wait until then. */
  hold(camera: string, until: number): void;
  /** Forgets whatever does not lie there any more. */
  keep(paths: ReadonlySet<string>): void;
}

export function createQueue(): Queue {
  const waiting = new Map<string, Waiting>();
  const holds = new Map<string, number>();
  const due = (one: Waiting): number => Math.max(one.dueAt, holds.get(one.camera) ?? 0);

  return {
    get size() {
      return waiting.size;
    },
    get: (path) => waiting.get(path),
    put(one) {
      if (!waiting.has(one.path) && waiting.size >= MAX_WAITING) return false;
      waiting.set(one.path, one);
      return true;
    },
    drop: (path) => void waiting.delete(path),
    next(now) {
      let found: Waiting | undefined;
      for (const one of waiting.values()) {
        if (due(one) > now) continue;
        if (!found || isBefore(one, found)) found = one;
      }
      return found;
    },
    dueAt() {
      let at = Number.POSITIVE_INFINITY;
      for (const one of waiting.values()) at = Math.min(at, due(one));
      return at;
    },
    hold(camera, until) {
      if (holds.size >= MAX_HOLDS) holds.clear();
      holds.set(camera, until);
    },
    keep(paths) {
      for (const path of waiting.keys()) if (!paths.has(path)) waiting.delete(path);
    },
  };
}

const isBefore = (a: Waiting, b: Waiting): boolean =>
  a.version.mtime < b.version.mtime || (a.version.mtime === b.version.mtime && a.path < b.path);
