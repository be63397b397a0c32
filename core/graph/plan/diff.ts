// Compares the running plan with a new plan and lists the steps of the reload in order. Pure.

import { collide } from '../../profile/check/claims.ts';
import type { Claim, NodeSpec } from '../../profile/profile.ts';
import type { Plan, PlannedNode } from './plan.ts';
import { successors } from './successors.ts';

export interface Diff {
  /** Unchanged. */
  readonly kept: readonly string[];
  /** Unchanged except for the nodes that they refer to. */
  readonly relinked: readonly string[];
  /** Same id, other options or another plugin. */
  readonly replaced: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Added or replaced → removed or replaced: the node whose state it may take over. */
  readonly successors: ReadonlyMap<string, string>;
  /** Removed or replaced nodes that must stop before the new ones start; consumers before their providers. */
  readonly stopFirst: readonly string[];
  /** Added and replaced nodes that can start while all old nodes still run; providers before their consumers. */
  readonly startFirst: readonly string[];
  /** Added, replaced and re-linked nodes; providers before their consumers. */
  readonly start: readonly string[];
  /** Removed nodes that may stop last; consumers before their providers. */
  readonly stopLast: readonly string[];
}

/** The changes of a reload, by node id. */
export type Change = Pick<Diff, 'kept' | 'relinked' | 'replaced' | 'added' | 'removed'>;

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
  const start = [...wanted.nodes.keys()].filter((id) => changing.has(id));
  return {
    kept,
    relinked,
    replaced,
    added,
    removed,
    successors: successors(running, wanted, [...added, ...replaced], [...removed, ...replaced]),
    stopFirst,
    startFirst: startFirst(running, wanted, start, stopFirst),
    start,
    stopLast: going.filter((id) => removed.includes(id) && !stopFirst.includes(id)),
  };
}

/** True if the nodes it refers to can be exchanged while it runs. */
function relinkable(before: NodeSpec, after: NodeSpec): boolean {
  if (before.references.length !== after.references.length) return false;
  return before.references.every((reference, index) => {
    const other = after.references[index];
    if (other?.option !== reference.option) return false;
    return other.to.length === reference.to.length || reference.ports.every((port) => port === 'frames');
  });
}

/** The claims of the nodes with these ids. */
function claimants(plan: Plan, ids: readonly string[]): readonly Claim[] {
  return ids.flatMap((id) => plan.nodes.get(id)?.spec.claims ?? []);
}

/**
 * The nodes that need nothing from a node that must stop first. A consumer of a node that starts late is not among them, unless a node
 * with the id of that provider still runs.
 */
function startFirst(
  running: Plan,
  wanted: Plan,
  start: readonly string[],
  stopFirst: readonly string[],
): readonly string[] {
  const freed = claimants(running, stopFirst);
  const late = new Set<string>();
  for (const id of start) {
    const spec = wanted.nodes.get(id)?.spec;
    if (!spec) continue;
    const behindLate = spec.references.some(({ to }) =>
      to.some((target) => late.has(target) && !running.nodes.has(target)),
    );
    if (stopFirst.includes(id) || behindLate || conflicts(spec.claims, freed)) late.add(id);
  }
  return start.filter((id) => !late.has(id));
}

/** A claim of the new graph must be free before it starts, and an exclusive node may have only one instance. */
function mustStopFirst(
  before: PlannedNode | undefined,
  after: PlannedNode | undefined,
  claimed: readonly Claim[],
): boolean {
  if (!before) return false;
  if (after && before.spec.exclusive) return true;
  return conflicts(before.spec.claims, claimed);
}

const conflicts = (claims: readonly Claim[], others: readonly Claim[]): boolean =>
  claims.some((claim) => others.some((other) => collide(claim, other) && !passesOn(claim, other)));

/** Listeners belong to the core and pass from node to node without closing, if the address is exactly the same. */
const passesOn = (a: Claim, b: Claim): boolean => (a.kind === 'address' || a.kind === 'socket') && a.name === b.name;
