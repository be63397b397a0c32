// Compares the running plan with a new plan and lists the steps of the reload in order. Pure.

import { collide } from '../../profile/check/claims.ts';
import type { Claim, NodeSpec } from '../../profile/profile.ts';
import type { Plan, PlannedNode } from './plan.ts';
import { successors } from './successors.ts';

export interface Diff {
  /** Untouched. */
  readonly kept: readonly string[];
  /** Untouched but for the nodes that they refer to. */
  readonly relinked: readonly string[];
  /** Same id, other options or another plugin. */
  readonly replaced: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Added → removed: the same thing under another name, which is handed its state. */
  readonly successors: ReadonlyMap<string, string>;
  /** Removed or replaced nodes that must be down before the new ones start; consumers before their providers. */
  readonly stopFirst: readonly string[];
  /** Added, replaced and re-linked nodes; providers before their consumers. */
  readonly start: readonly string[];
  /** Removed nodes that may stop last; consumers before their providers. */
  readonly stopLast: readonly string[];
}

export function diff(running: Plan, wanted: Plan): Diff {
  const kept: string[] = [];
  const relinked: string[] = [];
  const replaced: string[] = [];
  const added: string[] = [];
  for (const [id, node] of wanted.nodes) {
    const before = running.nodes.get(id);
    if (before === node) kept.push(id);
    else if (!before) added.push(id);
    else if (before.key !== node.key || before.revision !== node.revision || !relinkable(before.spec, node.spec))
      replaced.push(id);
    else if (before.wiring !== node.wiring) relinked.push(id);
    else kept.push(id);
  }
  const removed = [...running.nodes.keys()].filter((id) => !wanted.nodes.has(id));
  const changing = new Set([...added, ...replaced, ...relinked]);
  const going = [...running.nodes.keys()].reverse().filter((id) => removed.includes(id) || replaced.includes(id));
  const claimed = claimants(wanted, [...added, ...replaced]);
  const stopFirst = going.filter((id) => mustStopFirst(running.nodes.get(id), wanted.nodes.get(id), claimed));
  return {
    kept,
    relinked,
    replaced,
    added,
    removed,
    successors: successors(running, wanted, added, removed),
    stopFirst,
    start: [...wanted.nodes.keys()].filter((id) => changing.has(id)),
    stopLast: going.filter((id) => removed.includes(id) && !stopFirst.includes(id)),
  };
}

/** Other nodes can be put in the place of those that it refers to while it runs. */
function relinkable(before: NodeSpec, after: NodeSpec): boolean {
  if (before.references.length !== after.references.length) return false;
  return before.references.every((reference, index) => {
    const other = after.references[index];
    if (other?.option !== reference.option) return false;
    return other.to.length === reference.to.length || reference.ports.every((port) => port === 'frames');
  });
}

/** What the nodes of these ids will own. */
function claimants(plan: Plan, ids: readonly string[]): readonly Claim[] {
  return ids.flatMap((id) => plan.nodes.get(id)?.spec.claims ?? []);
}

/**
 * What the new graph claims must be free before it starts. A source that is replaced by itself goes first as well: cameras and
 * feeds seldom serve two.
 */
function mustStopFirst(
  before: PlannedNode | undefined,
  after: PlannedNode | undefined,
  claimed: readonly Claim[],
): boolean {
  if (!before) return false;
  if (after && before.spec.use.startsWith('source/')) return true;
  return before.spec.claims.some((claim) => claimed.some((other) => collide(claim, other) && !passesOn(claim, other)));
}

/** Listeners belong to the core and pass from node to node without closing, when it is the very same address. */
const passesOn = (a: Claim, b: Claim): boolean => (a.kind === 'address' || a.kind === 'socket') && a.name === b.name;
