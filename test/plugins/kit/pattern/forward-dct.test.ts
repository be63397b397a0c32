// The forward DCT, checked against its definition (T.81 §A.3.3).

import t from 'tap';
import { forwardDct, reciprocals, ZIGZAG } from '../../../../plugins/kit/pattern/forward-dct.ts';
import { random } from '../../../support/jpeg.ts';

/** Coefficient (u across, v down) of 64 samples in row-major order. */
function coefficient(samples: readonly number[], u: number, v: number): number {
  const part = (frequency: number): number => (frequency === 0 ? Math.SQRT1_2 : 1);
  const sum = samples.reduce((total, sample, at) => {
    const across = Math.cos(((2 * (at & 7) + 1) * u * Math.PI) / 16);
    const down = Math.cos(((2 * (at >> 3) + 1) * v * Math.PI) / 16);
    return total + sample * across * down;
  }, 0);
  return (part(u) * part(v) * sum) / 4;
}

function quantised(samples: readonly number[], steps: readonly number[]): Int16Array {
  const out = new Int16Array(64);
  forwardDct(Float64Array.from(samples), reciprocals(steps), out);
  return out;
}

t.test('every coefficient equals the definition, divided by its step', (t) => {
  const next = random(5);
  for (let round = 0; round < 20; round++) {
    const samples = Array.from({ length: 64 }, () => Math.floor(next() * 256) - 128);
    const steps = Array.from({ length: 64 }, () => 1 + Math.floor(next() * 20));

    const found = quantised(samples, steps);

    for (let at = 0; at < 64; at++) {
      const exact = coefficient(samples, at & 7, at >> 3) / (steps[at] ?? 1);
      // Half a step of rounding, and a little for the ten digits of the factors.
      if (Math.abs((found[at] ?? 0) - exact) > 0.5001) t.equal(found[at], exact, `round ${round}, coefficient ${at}`);
    }
  }
  t.end();
});

t.test('a block of one colour has only its mean as a coefficient', (t) => {
  const found = quantised(new Array(64).fill(-37), new Array(64).fill(2));

  t.same([...found], [(-37 * 8) / 2, ...new Array(63).fill(0)]);
  t.end();
});

t.test('the zigzag passes through every coefficient once, along the diagonals', (t) => {
  t.same(
    [...ZIGZAG].sort((a, b) => a - b),
    [...new Array(64).keys()],
  );
  for (let at = 1; at < 64; at++) {
    const [before = 0, now = 0] = ZIGZAG.slice(at - 1, at + 1);
    const [down, across] = [(now >> 3) - (before >> 3), (now & 7) - (before & 7)];
    const isStep = Math.abs(down) <= 1 && Math.abs(across) <= 1 && (down === -across || down + across === 1);
    if (!isStep) t.fail(`from ${before} to ${now}`);
  }
  t.same(ZIGZAG.slice(0, 6), [0, 1, 8, 16, 9, 2]);
  t.end();
});
