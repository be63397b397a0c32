// The forward DCT of 8x8 samples with quantisation, as factored by Arai, Agui and Nakajima.

/** The order in which coefficients are written (T.81 figure A.6): zigzag position → row-major index. */
export const ZIGZAG: readonly number[] = [
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47,
  55, 62, 63,
];

/** The factored transform scales each row and column by these factors, times the square root of 8. */
const SCALE = [1, 1.387039845, 1.306562965, 1.175875602, 1, 0.785694958, 0.5411961, 0.275899379];

/** Quantiser steps in row-major order → the factors of `forwardDct`. */
export function reciprocals(steps: readonly number[]): Float64Array {
  return Float64Array.from(
    steps,
    (step, at) => 1 / (step * (SCALE[at >> 3] as number) * (SCALE[at & 7] as number) * 8),
  );
}

/**
 * `block` holds 64 samples minus 128 and is transformed in place; `out` gets 64 quantised coefficients, both in row-major order.
 */
export function forwardDct(block: Float64Array, factors: Float64Array, out: Int16Array): void {
  for (let row = 0; row < 64; row += 8) butterfly(block, row, 1);
  for (let column = 0; column < 8; column++) butterfly(block, column, 8);
  for (let at = 0; at < 64; at++) out[at] = Math.round((block[at] as number) * (factors[at] as number));
}

function butterfly(d: Float64Array, at: number, step: number): void {
  const d0 = d[at] as number;
  const d1 = d[at + step] as number;
  const d2 = d[at + 2 * step] as number;
  const d3 = d[at + 3 * step] as number;
  const d4 = d[at + 4 * step] as number;
  const d5 = d[at + 5 * step] as number;
  const d6 = d[at + 6 * step] as number;
  const d7 = d[at + 7 * step] as number;

  const sum03 = d0 + d7 + d3 + d4;
  const sum12 = d1 + d6 + d2 + d5;
  const difference03 = d0 + d7 - d3 - d4;
  const even = (d1 + d6 - d2 - d5 + difference03) * Math.SQRT1_2;
  d[at] = sum03 + sum12;
  d[at + 4 * step] = sum03 - sum12;
  d[at + 2 * step] = difference03 + even;
  d[at + 6 * step] = difference03 - even;

  const a = d3 - d4 + d2 - d5;
  const b = d2 - d5 + d1 - d6;
  const c = d1 - d6 + d0 - d7;
  const turn = (a - c) * 0.382683433;
  const low = 0.5411961 * a + turn;
  const high = 1.306562965 * c + turn;
  const middle = b * Math.SQRT1_2;
  const plus = d0 - d7 + middle;
  const minus = d0 - d7 - middle;
  d[at + 5 * step] = minus + low;
  d[at + 3 * step] = minus - low;
  d[at + step] = plus + high;
  d[at + 7 * step] = plus - high;
}
