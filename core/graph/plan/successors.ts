// Matches removed nodes with the new nodes that replace them, such as a renamed node. Pure.

import type { NodeSpec, Reference } from '../../profile/profile.ts';
import type { Plan } from './plan.ts';

/**
 * New id → removed id. A node that was only renamed, or that serves what the removed one served (the same address, the same path
 * on the same server), is handed its state: a renamed server keeps its connections, a renamed stream its viewers.
 */
export function successors(
  running: Plan,
  wanted: Plan,
  added: readonly string[],
  removed: readonly string[],
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const free = new Set(removed);
  const before = (id: string): string => found.get(id) ?? id;
  // In the order of the plan: providers first, so that a renamed server is known by then.
  for (const id of [...wanted.nodes.keys()].filter((one) => added.includes(one))) {
    const node = wanted.nodes.get(id);
    const old = [...free].find((one) => {
      const other = running.nodes.get(one);
      if (!node || !other || node.spec.use !== other.spec.use) return false;
      if (sharesPlace(other.spec, node.spec, before)) return true;
      return node.key === other.key && wiring(node.spec.references, before) === wiring(other.spec.references, same);
    });
    if (old === undefined) continue;
    found.set(id, old);
    free.delete(old);
  }
  return found;
}

function sharesPlace(old: NodeSpec, next: NodeSpec, before: (id: string) => string): boolean {
  const addresses = old.claims.filter(({ kind }) => kind === 'address').map(({ name }) => name);
  if (next.claims.some(({ kind, name }) => kind === 'address' && addresses.includes(name))) return true;
  return next.routes.some(({ server, path }) =>
    old.routes.some((route) => route.path === path && route.server === before(server)),
  );
}

const same = (id: string): string => id;

const wiring = (references: readonly Reference[], before: (id: string) => string): string =>
  JSON.stringify(references.map(({ option, to }) => [option, to.map(before)]));
