// Replaces patterns in references, such as "cam_*", by the nodes whose ids they match. Pure.

import type { PortName } from '../../contract/ports.ts';
import type { Place, Problem } from '../../contract/problems.ts';
import type { Reference } from '../profile.ts';
import { problem } from '../source/tree.ts';
import { typesOf } from '../values/schema-walk.ts';
import type { CheckedNode } from './node.ts';

export interface Matched {
  /** The nodes whose references have changed. */
  readonly nodes: ReadonlyMap<string, CheckedNode>;
  readonly problems: readonly Problem[];
}

export const isPattern = (name: string): boolean => name.includes('*');

/** A pattern matches all other nodes that provide the ports the option requires. */
export function matchPatterns(nodes: ReadonlyMap<string, CheckedNode>): Matched {
  const problems: Problem[] = [];
  const changed = new Map<string, CheckedNode>();
  for (const [id, node] of nodes) {
    if (!node.spec.references.some(({ to, ports }) => ports.length > 0 && to.some(isPattern))) continue;
    const references = node.spec.references.map((reference) =>
      reference.ports.length > 0 && reference.to.some(isPattern)
        ? matched(reference, node, nodes, problems)
        : reference,
    );
    changed.set(id, { ...node, spec: { ...node.spec, references } });
  }
  return { nodes: changed, problems };
}

function matched(
  reference: Reference,
  node: CheckedNode,
  nodes: ReadonlyMap<string, CheckedNode>,
  problems: Problem[],
): Reference {
  const { option, to, ports, places } = reference;
  const found: { id: string; place: Place }[] = [];
  // A pattern does not add a node that is also named explicitly; a node named explicitly twice is reported elsewhere.
  const named = new Set(to.filter((name) => !isPattern(name)));
  for (const [index, name] of to.entries()) {
    const place = places[index] ?? node.spec.place;
    if (!isPattern(name)) {
      found.push({ id: name, place });
    } else if (!takesList(node, option)) {
      const message = `${option} names one node; the pattern "${name}" is for options that take a list.`;
      problems.push(problem('wrong-value', place, message));
    } else {
      const ids = [...nodes.values()].filter((candidate) => candidate.id !== node.id && matches(name, candidate.id));
      const able = ids.filter((candidate) => provides(candidate, ports));
      if (able.length === 0) problems.push(problem('unknown-node', place, none(option, name, ids.length, ports)));
      for (const { id } of able) {
        if (!named.has(id)) found.push({ id, place });
        named.add(id);
      }
    }
  }
  return { ...reference, to: found.map(({ id }) => id), places: found.map(({ place }) => place), written: to };
}

const takesList = ({ schema }: CheckedNode, option: string): boolean =>
  typesOf(schema?.properties?.[option] ?? {}).includes('array');

const provides = ({ spec }: CheckedNode, ports: readonly PortName[]): boolean =>
  ports.every((port) => spec.provides.includes(port));

const none = (option: string, name: string, count: number, ports: readonly PortName[]): string =>
  count === 0
    ? `${option}: no node has an id that matches "${name}".`
    : `${option}: of the nodes that match "${name}" none provides ${ports.join(' and ')}.`;

/** "*" matches any characters, or none. Linear in the length of the id for each piece. */
export function matches(pattern: string, id: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return pattern === id;
  if (!id.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = id.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return id.length - last.length >= at && id.endsWith(last);
}
