// Which new node succeeds which old one and so receives its state. Pure.

import type { NodeSpec, Reference } from '../../profile/profile.ts';
import type { Plan, PlannedNode } from './plan.ts';

/**
 * New id → old id. Place comes before likeness. First, a node that serves the place of an old one (the same address, socket, folder,
 * device or client id, or the same path on the same server) is its successor, whatever its id. Otherwise the node of the same id is, or
 * one that was only renamed.
 */
export function successors(
  running: Plan,
  wanted: Plan,
  starting: readonly string[],
  going: readonly string[],
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const free = new Set(going);
  const before = (id: string): string => found.get(id) ?? id;
  // In the order of the plan: providers first, so that the successor of a renamed server is known in time.
  const ids = [...wanted.nodes.keys()].filter((id) => starting.includes(id));
  const match = (fits: (next: PlannedNode, old: PlannedNode) => boolean): void => {
    for (const id of ids) {
      const next = wanted.nodes.get(id);
      if (!next || found.has(id)) continue;
      // An unchanged node is its own successor before it is that of another.
      const candidates = free.has(id) ? [id, ...free] : [...free];
      const old = candidates.find((candidate) => {
        const other = running.nodes.get(candidate);
        return other !== undefined && other.spec.use === next.spec.use && fits(next, other);
      });
      if (old === undefined) continue;
      found.set(id, old);
      free.delete(old);
    }
  };
  match((next, old) => sharesPlace(old.spec, next.spec, before));
  match((next, old) => next.spec.id === old.spec.id);
  match(
    (next, old) =>
      next.key === old.key && wiring(next.spec.references, before) === wiring(old.spec.references, (id) => id),
  );
  return found;
}

function sharesPlace(old: NodeSpec, next: NodeSpec, before: (id: string) => string): boolean {
  if (next.claims.some((claim) => old.claims.some(({ kind, name }) => kind === claim.kind && name === claim.name))) {
    return true;
  }
  return next.routes.some(({ server, path }) =>
    old.routes.some((route) => route.path === path && route.server === before(server)),
  );
}

const wiring = (references: readonly Reference[], before: (id: string) => string): string =>
  JSON.stringify(references.map(({ option, to }) => [option, to.map(before)]));
