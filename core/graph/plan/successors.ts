// Which new node comes in the place of which old one, so that it is handed its state. Pure.

import type { NodeSpec, Reference } from '../../profile/profile.ts';
import type { Plan, PlannedNode } from './plan.ts';

/**
 * New id → old id. By place before likeness: a node that serves what an old one served (the same address, socket, folder, device or
 * client id, or the same path on the same server) comes in its place, whatever it is called; so does, with nothing else found, the
 * node of the same id, and one that was only renamed.
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
  // In the order of the plan: providers first, so that a renamed server is known by then.
  const ids = [...wanted.nodes.keys()].filter((one) => starting.includes(one));
  const match = (fits: (next: PlannedNode, old: PlannedNode) => boolean): void => {
    for (const id of ids) {
      const next = wanted.nodes.get(id);
      if (!next || found.has(id)) continue;
      // A node that stays what it was is its own successor before it is that of another.
      const candidates = free.has(id) ? [id, ...free] : [...free];
      const old = candidates.find((one) => {
        const other = running.nodes.get(one);
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
