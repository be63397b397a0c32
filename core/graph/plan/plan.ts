// Turns a checked profile into the nodes in their start order. Pure.

import type { Delivery } from '../../contract/plugin.ts';
import type { NodeSpec, Profile, Reference } from '../../profile/profile.ts';

export interface PlannedNode {
  readonly spec: NodeSpec;
  /** The node without the nodes that it refers to; equal text means an equal node. */
  readonly key: string;
  /** Of the code of its plugin and its parser; equal text means equal code. */
  readonly revision: string;
  /** The nodes that it refers to; equal text means equal references. */
  readonly wiring: string;
}

export interface Plan {
  /** By id; providers before the nodes that refer to them. */
  readonly nodes: ReadonlyMap<string, PlannedNode>;
}

export const EMPTY_PLAN: Plan = { nodes: new Map() };

/**
 * Nodes whose specification is the same object as in `before` stay the same objects.
 * @param revisionOf returns the revision of a plugin's code, which changes whenever the code does
 */
export function plan(
  profile: Pick<Profile, 'nodes'>,
  before: Plan = EMPTY_PLAN,
  revisionOf: (use: string) => string = () => '',
): Plan {
  const nodes = new Map<string, PlannedNode>();
  const add = (spec: NodeSpec): void => {
    if (nodes.has(spec.id)) return;
    for (const reference of spec.references) {
      for (const id of reference.to) {
        const provider = profile.nodes.get(id);
        if (provider) add(provider);
      }
    }
    const known = before.nodes.get(spec.id);
    const revision = revisionOf(spec.use) + (spec.parse ? revisionOf(spec.parse.use) : '');
    if (known?.spec === spec && known.revision === revision) nodes.set(spec.id, known);
    else nodes.set(spec.id, { spec, key: keyOf(spec, known), revision, wiring: wiring(spec.references) });
  };
  for (const spec of profile.nodes.values()) add(spec);
  return { nodes };
}

/** Node → its consumers with their delivery. */
export function consumers(plan: Plan): ReadonlyMap<string, ReadonlyMap<string, Delivery>> {
  const found = new Map<string, Map<string, Delivery>>();
  for (const { spec } of plan.nodes.values()) {
    for (const { delivery, to } of spec.references) {
      if (delivery === undefined) continue;
      for (const id of to) {
        const known = found.get(id);
        if (known) known.set(spec.id, delivery);
        else found.set(id, new Map([[spec.id, delivery]]));
      }
    }
  }
  return found;
}

/** These nodes and all that refer to them, directly or through others. */
export function withReferrers(plan: Plan, ids: Iterable<string>): ReadonlySet<string> {
  const found = new Set(ids);
  for (const [id, { spec }] of plan.nodes)
    if (!found.has(id) && spec.references.some(({ to }) => to.some((target) => found.has(target)))) found.add(id);
  return found;
}

/** A node that has only moved within its file keeps the same options object. */
function keyOf(spec: NodeSpec, known: PlannedNode | undefined): string {
  const { use, options, parse } = known?.spec ?? {};
  return known && use === spec.use && options === spec.options && parse === spec.parse ? known.key : identity(spec);
}

function identity(spec: NodeSpec): string {
  // A reference without ports is only a name: the plugin reads it as an option, and it cannot be re-linked.
  const linked = spec.references.filter((reference) => reference.ports.length > 0);
  const named = new Set(linked.map((reference) => reference.option));
  const options = Object.entries(spec.options).filter(([option]) => !named.has(option));
  return stable([spec.use, Object.fromEntries(options), spec.parse ?? null]);
}

function wiring(references: readonly Reference[]): string {
  return stable(references.map(({ option, to }) => [option, to]));
}

/** JSON with sorted keys, so that equal values are equal texts. */
function stable(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    item !== null && typeof item === 'object' && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
