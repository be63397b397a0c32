// One row of the results: a measured figure, its baseline from the same run, and the requirement.

export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it is measured against, in the same run. */
  readonly limitName?: string;
  readonly limitValue?: number;
  /** The median of value : limit, round by round; 1 would be as good as the limit. */
  readonly ratio?: number;
  /** What the ratio must keep to, or the value where there is no limit beside it. */
  readonly required?: { readonly most: number } | { readonly least: number };
}

/** One subject of the benchmark. */
export interface Subject {
  readonly name: string;
  measure(quick: boolean): Promise<readonly Row[]>;
}

/** undefined when nothing is required. */
export function isMet({ value, ratio, required }: Row): boolean | undefined {
  if (!required) return undefined;
  const figure = ratio ?? value;
  return 'most' in required ? figure <= required.most : figure >= required.least;
}

/** Of an odd number of values the one in the middle, of an even number the upper of the two. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The median of a : b, round by round: what disturbs one round disturbs both. */
export const pairedRatio = (a: readonly number[], b: readonly number[]): number =>
  median(a.map((value, round) => value / (b[round] ?? Number.NaN)));
