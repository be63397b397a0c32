// The queue of files to read: which file is next, and when. Pure except for its own state.

import type { Version } from './files.ts';

/** Limit of queued files; a later scan finds the others. */
export const MAX_WAITING = 10_000;

/** Limit of cameras on hold; beyond it, all of them are tried again at once. */
const MAX_HOLDS = 4096;

export interface Waiting {
  readonly path: string;
  readonly camera: string;
  readonly version: Version;
  /** Monotonic milliseconds: when it may be read, and since when it has not changed. */
  readonly dueAt: number;
  readonly since: number;
}

export interface Queue {
  readonly size: number;
  get(path: string): Waiting | undefined;
  /** False when the queue is full. */
  put(file: Waiting): boolean;
  drop(path: string): void;
  /** The oldest file that is due and whose camera is not on hold. */
  next(now: number): Waiting | undefined;
  /** When the next file may be due. Infinity when none waits. */
  dueAt(): number;
  /** Pictures of this camera wait until then. */
  hold(camera: string, until: number): void;
  /** Drops all other files: they no longer exist. */
  keep(paths: ReadonlySet<string>): void;
}

export function createQueue(): Queue {
  const waiting = new Map<string, Waiting>();
  const holds = new Map<string, number>();
  const due = (file: Waiting): number => Math.max(file.dueAt, holds.get(file.camera) ?? 0);

  return {
    get size() {
      return waiting.size;
    },
    get: (path) => waiting.get(path),
    put(file) {
      if (!waiting.has(file.path) && waiting.size >= MAX_WAITING) return false;
      waiting.set(file.path, file);
      return true;
    },
    drop: (path) => void waiting.delete(path),
    next(now) {
      let found: Waiting | undefined;
      for (const file of waiting.values()) {
        if (due(file) > now) continue;
        if (!found || isBefore(file, found)) found = file;
      }
      return found;
    },
    dueAt() {
      let at = Number.POSITIVE_INFINITY;
      for (const file of waiting.values()) at = Math.min(at, due(file));
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
