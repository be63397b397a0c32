// Measures several servers in turn, round by round, and compares within each round.

import { median, pairedRatio, quantile, type Row } from './row.ts';

/** The samples of each contender, by name, in the order of the rounds. */
export type Samples<Sample> = ReadonlyMap<string, readonly Sample[]>;

/** Each contender has its turn in each round. Every second round runs backwards, so that a slow drift of the machine cancels out. */
export async function roundRobin<Contender extends { readonly name: string }, Sample>(
  contenders: readonly Contender[],
  rounds: number,
  measure: (contender: Contender, round: number) => Promise<Sample>,
): Promise<Samples<Sample>> {
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const turn = round % 2 === 0 ? contenders : [...contenders].reverse();
    for (const contender of turn) samples.get(contender.name)?.push(await measure(contender, round));
  }
  return samples;
}

/** One row: the median of `own`, the median of `limit`, the median of the ratios within a round, and their spread. */
export function against(
  name: string,
  unit: string,
  own: readonly number[],
  limitName: string,
  limit: readonly number[],
  required?: Row['required'],
): Row {
  const ratios = own.map((value, round) => value / (limit[round] ?? Number.NaN));
  return {
    name,
    value: median(own),
    unit,
    limitName,
    limitValue: median(limit),
    ratio: pairedRatio(own, limit),
    spread: [quantile(ratios, 0), quantile(ratios, 1)],
    ...(required ? { required } : {}),
  };
}

/** One row without a baseline. */
export function alone(name: string, unit: string, own: readonly number[], required?: Row['required']): Row {
  return {
    name,
    value: median(own),
    unit,
    spread: [quantile(own, 0), quantile(own, 1)],
    ...(required ? { required } : {}),
  };
}
