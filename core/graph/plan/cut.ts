// Which running nodes end what is open at their paths when a plan takes effect. Pure.

import type { PortName } from '../../contract/ports.ts';
import type { Diff } from './diff.ts';
import { type Plan, withReferrers } from './plan.ts';

/**
 * A stream lives on as long as some node takes the place of the one that serves it, at the same path, some node the place of its
 * server, and some node from which its frames came still sends them there.
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

/** The nodes at which the frames of a node begin. */
function sourcesOf(plan: Plan, id: string): string[] {
  const found = new Set<string>();
  const seen = new Set<string>();
  const walk = (one: string): void => {
    if (seen.has(one)) return;
    seen.add(one);
    const feeds = (plan.nodes.get(one)?.spec.references ?? []).filter(({ ports }) =>
      ports.some((port) => FEEDS.includes(port)),
    );
    const before = feeds.flatMap(({ to }) => to);
    if (before.length === 0 && one !== id) found.add(one);
    for (const other of before) walk(other);
  };
  walk(id);
  return [...found];
}
