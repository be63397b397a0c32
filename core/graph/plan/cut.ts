// Which running nodes close the open streams on their paths when a plan takes effect. Pure.

import type { PortName } from '../../contract/ports.ts';
import type { Diff } from './diff.ts';
import { type Plan, withReferrers } from './plan.ts';

/**
 * A stream stays open if the node that serves it has a successor at the same path, its server has a successor, and at least one of its
 * sources has a successor that still feeds it.
 */
export function cutNodes(running: Plan, wanted: Plan, change: Diff): readonly string[] {
  const { successors, removed, replaced, relinked } = change;
  const next = new Map([...successors].map(([id, old]) => [old, id]));
  const changing = new Set([...removed, ...replaced]);
  const placeOf = (id: string): string | undefined => (changing.has(id) ? next.get(id) : id);
  return [...withReferrers(running, [...changing, ...relinked])].flatMap((id) => {
    const routes = running.nodes.get(id)?.spec.routes ?? [];
    if (routes.length === 0) return [];
    const place = placeOf(id);
    if (place === undefined) return [id];
    const after = wanted.nodes.get(place)?.spec.routes;
    const served = routes.every(
      ({ server, path }) => placeOf(server) !== undefined && after?.some((route) => route.path === path),
    );
    const sources = sourcesOf(running, id);
    const now = new Set(sourcesOf(wanted, place));
    const fed = sources.length === 0 || sources.some((source) => now.has(placeOf(source) ?? ''));
    return served && fed ? [] : [id];
  });
}

const FEEDS: readonly PortName[] = ['frames', 'stills', 'store'];

/** The nodes from which the frames of a node originate. */
function sourcesOf(plan: Plan, id: string): string[] {
  const found = new Set<string>();
  const visited = new Set<string>();
  const walk = (current: string): void => {
    if (visited.has(current)) return;
    visited.add(current);
    const feeds = (plan.nodes.get(current)?.spec.references ?? []).filter(({ ports }) =>
      ports.some((port) => FEEDS.includes(port)),
    );
    const before = feeds.flatMap(({ to }) => to);
    if (before.length === 0 && current !== id) found.add(current);
    for (const other of before) walk(other);
  };
  walk(id);
  return [...found];
}
