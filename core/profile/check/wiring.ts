// Checks the references between nodes: targets, ports, cycles and exclusive use.

import { closest, orElse } from '../../base/closest.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { PortName } from '../../contract/ports.ts';
import type { Place, Problem } from '../../contract/problems.ts';
import { orWords, quoted } from '../phrasing.ts';
import type { Claim, RouteClaim } from '../profile.ts';
import { problem } from '../source/tree.ts';
import { collide, normalRoute } from './claims.ts';
import type { CheckedNode } from './node.ts';

export function checkWiring(nodes: ReadonlyMap<string, CheckedNode>, catalog: Catalog): Problem[] {
  return [...checkReferences(nodes, catalog), ...findCycles(nodes), ...findCollisions(nodes), ...findSameRoutes(nodes)];
}

function checkReferences(nodes: ReadonlyMap<string, CheckedNode>, catalog: Catalog): Problem[] {
  const problems: Problem[] = [];
  for (const { id, spec } of nodes.values()) {
    for (const { option, to, ports, places } of spec.references) {
      for (const [index, name] of to.entries()) {
        const place = places[index] ?? spec.place;
        if (to.indexOf(name) < index) {
          problems.push(problem('wrong-value', place, `${option} names "${name}" twice.`));
          continue;
        }
        const target = nodes.get(name);
        const able = () =>
          [...nodes.values()].filter((node) => node.id !== id && has(node, ports)).map((node) => node.id);
        if (!target) {
          const names = able();
          const near = closest(name, names) ?? closest(name, [...nodes.keys()]);
          const hint = near ?? (names.length === 1 ? names[0] : undefined);
          problems.push(problem('unknown-node', place, `${option}: there is no node "${name}"${orElse(hint)}`));
        } else if (target.schema && !has(target, ports)) {
          problems.push(problem('missing-port', place, missingPort(option, target, ports, able(), catalog)));
        }
      }
    }
  }
  return problems;
}

const has = (node: CheckedNode, ports: readonly PortName[]): boolean =>
  ports.every((port) => node.spec.provides.includes(port));

function missingPort(
  option: string,
  target: CheckedNode,
  ports: readonly PortName[],
  able: readonly string[],
  catalog: Catalog,
): string {
  const { use, provides } = target.spec;
  const gives = provides.length === 0 ? 'nothing' : orWords(provides, 'and');
  const lacking = orWords(
    ports.filter((port) => !provides.includes(port)),
    'and',
  );
  const found = `${option}: "${target.id}" is ${use}, which provides ${gives}, but not ${lacking}`;
  if (able.length > 0) return `${found}; ${quoted(able.slice(0, 3))} does.`;
  const uses = catalog.entries.map((entry) => entry.use);
  const plugins = uses.filter((candidate) =>
    ports.every((port) => catalog.schema(candidate)?.provides?.includes(port)),
  );
  return plugins.length === 0 ? `${found}.` : `${found}; a node that uses ${orWords(plugins.slice(0, 3))} does.`;
}

/** Each cycle once, at the reference of its first node in the profile. */
function findCycles(nodes: ReadonlyMap<string, CheckedNode>): Problem[] {
  const problems: Problem[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const path: string[] = [];

  // An explicit stack: a chain of nodes may be longer than the call stack is deep.
  for (const start of nodes.keys()) {
    if (state.has(start)) continue;
    const stack: { id: string; next: readonly string[]; at: number }[] = [];
    const open = (id: string) => {
      state.set(id, 'open');
      path.push(id);
      stack.push({ id, next: nodes.get(id)?.spec.references.flatMap(({ to }) => to) ?? [], at: 0 });
    };
    open(start);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const to = top.next[top.at];
      top.at += 1;
      if (to === undefined) {
        state.set(top.id, 'done');
        path.pop();
        stack.pop();
      } else if (state.get(to) === 'open') {
        problems.push(cycle(path.slice(path.indexOf(to)), nodes));
      } else if (!state.has(to) && nodes.has(to)) open(to);
    }
  }
  return problems;
}

function cycle(circle: readonly string[], nodes: ReadonlyMap<string, CheckedNode>): Problem {
  const [first = '', second = first] = circle;
  const reference = nodes.get(first)?.spec.references.find(({ to }) => to.includes(second));
  const place = reference?.places[reference.to.indexOf(second)] ?? nodes.get(first)?.spec.place;
  const names = [...circle, first].join(' → ');
  const nowhere: Place = { file: '', line: 1, column: 1, length: 1 };
  return problem('cycle', place ?? nowhere, `Nodes must not refer to each other in a cycle: ${names}.`);
}

function findCollisions(nodes: ReadonlyMap<string, CheckedNode>): Problem[] {
  const problems: Problem[] = [];
  // Only claims in the same bucket can collide, so thousands of nodes are not compared with each other.
  const buckets = new Map<string, { id: string; claim: Claim }[]>();
  for (const { id, spec } of nodes.values()) {
    for (const claim of spec.claims) {
      const bucket = `${claim.kind} ${claim.kind === 'address' ? claim.name.replace(/^.*:/, '') : claim.name}`;
      const others = buckets.get(bucket) ?? [];
      const other = others.find((known) => collide(known.claim, claim));
      if (other) {
        const whose = other.id === id ? 'this node itself' : `"${other.id}"`;
        const message =
          other.claim.name === claim.name
            ? `${shownClaim(claim)} is taken by ${whose}; only one node can have it.`
            : `${shownClaim(claim)} overlaps with ${shownName(other.claim)}, which ${whose} has; only one node can have it.`;
        problems.push(problem('claimed-twice', claim.place, message, other.claim.place));
      } else buckets.set(bucket, [...others, { id, claim }]);
    }
  }
  return problems;
}

const KINDS = {
  address: 'The address',
  socket: 'The socket',
  device: 'The device',
  file: 'The file',
  folder: 'The folder',
  'client-id': 'The client id',
};

const shownName = ({ name }: Claim): string => name.replace(/^\*:/, ':');
const shownClaim = (claim: Claim): string => `${KINDS[claim.kind]} ${shownName(claim)}`;

function findSameRoutes(nodes: ReadonlyMap<string, CheckedNode>): Problem[] {
  const problems: Problem[] = [];
  const known = new Map<string, { id: string; route: RouteClaim }>();
  for (const { id, spec } of nodes.values()) {
    for (const route of spec.routes) {
      const key = `${route.server} ${normalRoute(route.path)}`;
      const other = known.get(key);
      if (other) {
        const message = `"${other.id}" serves ${other.route.path} on "${route.server}" already; give this one another path.`;
        problems.push(problem('duplicate-route', route.place, message, other.route.place));
      } else known.set(key, { id, route });
    }
  }
  return problems;
}
