// Camera data from the profile and the nodes: display names, and the reports of all nodes in effect.

import type { CameraReport, Cameras } from '../../contract/cameras.ts';
import type { Release } from '../../contract/ports.ts';
import type { Guard } from './guard.ts';

type Read = () => Iterable<readonly [string, CameraReport]>;

export interface CameraDirectory {
  name(camera: string): string;
  /** Sets the display names; notifies the nodes if any have changed. */
  rename(names: ReadonlyMap<string, string>): void;
  onNames(listener: () => void): Release;
  add(node: string, read: Read): Release;
  /** Camera → the reports of all nodes. */
  reports(): ReadonlyMap<string, readonly NodeReport[]>;
}

export interface NodeReport extends CameraReport {
  readonly node: string;
}

export function createCameraDirectory(): CameraDirectory {
  let names: ReadonlyMap<string, string> = new Map();
  const listeners = new Set<() => void>();
  const readers = new Set<{ readonly node: string; readonly read: Read }>();
  return {
    name: (camera) => names.get(camera) ?? camera,
    rename(next) {
      const same = next.size === names.size && [...next].every(([camera, name]) => names.get(camera) === name);
      names = next;
      if (!same) for (const listener of [...listeners]) listener();
    },
    onNames(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    add(node, read) {
      const reader = { node, read };
      readers.add(reader);
      return () => void readers.delete(reader);
    },
    reports() {
      const all = new Map<string, NodeReport[]>();
      for (const { node, read } of readers) {
        for (const [camera, report] of read()) {
          const known = all.get(camera);
          if (known) known.push({ node, ...report });
          else all.set(camera, [{ node, ...report }]);
        }
      }
      return all;
    },
  };
}

/** The directory as provided to one node. */
export function camerasOfNode(
  id: string,
  directory: CameraDirectory,
  guard: Guard,
  whileActive: (attach: () => Release) => void,
): Cameras {
  return {
    name: directory.name,
    onNames: (listener) => whileActive(() => directory.onNames(() => guard.call('names', listener))),
    report(read) {
      // An array: a lazy iterator of the plugin would run outside of the guard.
      const guarded: Read = () => guard.call('report', () => [...read()]) ?? [];
      whileActive(() => directory.add(id, guarded));
    },
  };
}
