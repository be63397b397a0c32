// The stop order: groups of nodes that may stop together, consumers before providers. Pure.

import type { Plan } from './plan.ts';

export function stopOrder(plan: Plan): readonly (readonly string[])[] {
  const depths = new Map<string, number>();
  for (const [id, { spec }] of plan.nodes) {
    const providers = spec.references.flatMap((one) => one.to).map((to) => depths.get(to) ?? 0);
    depths.set(id, 1 + Math.max(0, ...providers));
  }
  const groups: string[][] = [];
  for (const [id, depth] of depths) {
    groups[depth] ??= [];
    groups[depth].push(id);
  }
  return groups.filter((group) => group !== undefined).reverse();
}
