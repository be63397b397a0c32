// One row of the results: a measured figure, its baseline from the same run, and the requirement.

export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The baseline from the same run. */
  readonly limitName?: string;
  readonly limitValue?: number;
  /** The median of value : baseline, round by round; 1 means equally good. */
  readonly ratio?: number;
  /** The lowest and the highest ratio of a round, or the lowest and the highest value without a baseline. */
  readonly spread?: readonly [number, number];
  /** The required ratio, or the required value without a baseline. */
  readonly required?: { readonly most: number } | { readonly least: number };
}

/** undefined without a requirement. */
export function isMet({ value, ratio, required }: Row): boolean | undefined {
  if (!required) return undefined;
  const figure = ratio ?? value;
  return 'most' in required ? figure <= required.most : figure >= required.least;
}

/** The middle value, or the upper of the two for an even number. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The median of a : b, round by round, so that a disturbance affects both. */
export const pairedRatio = (a: readonly number[], b: readonly number[]): number =>
  median(a.map((value, round) => value / (b[round] ?? Number.NaN)));
