// Finds the non-negative weights that best explain measured values.

const ROUNDS = 10_000;

/** One row for each value. Coordinate descent: each weight in turn gets its best value for the residuals of the others. */
export function solve(rows: readonly (readonly number[])[], values: readonly number[]): readonly number[] {
  const weights = (rows[0] ?? []).map(() => 0);
  for (let round = 0; round < ROUNDS; round++) {
    for (const at of weights.keys()) {
      let [above, below] = [0, 0];
      for (const [n, row] of rows.entries()) {
        const own = row[at] ?? 0;
        const rest = row.reduce((sum, value, other) => sum + (other === at ? 0 : value * (weights[other] ?? 0)), 0);
        above += own * ((values[n] ?? 0) - rest);
        below += own * own;
      }
      weights[at] = below === 0 ? 0 : Math.max(0, above / below);
    }
  }
  return weights;
}
