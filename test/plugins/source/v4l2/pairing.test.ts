// Tests of stereo pairs in simulated time: two cameras with clocks of their own, whose true capture times are known.

import t from 'tap';
import { createPairing, type PairedSet } from '../../../../plugins/source/v4l2/pairing.ts';

interface Shot {
  readonly taken: number;
  /** When the picture was really taken. */
  readonly true: number;
}

/** A generator of its own (mulberry32), so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

const INTERVAL = 1000 / 30;

/** Pictures of two cameras at 30 a second, in the order in which they arrive: free phase, drift, jitter, late transfers, lost pictures. */
function film(seed: number): { readonly stream: number; readonly shot: Shot; readonly arrived: number }[] {
  const chance = random(seed);
  return [0, 1]
    .flatMap((stream) => {
      const phase = chance() * INTERVAL;
      const drift = 1 + (chance() - 0.5) * 0.001;
      return Array.from({ length: 60 }, (_, index) => {
        const time = phase + index * INTERVAL * drift + (chance() - 0.5) * 0.4;
        return { stream, shot: { taken: time, true: time }, arrived: time + 5 + chance() * 25, lost: chance() < 0.02 };
      });
    })
    .filter(({ lost }) => !lost)
    .sort((a, b) => a.arrived - b.arrived);
}

const skewOf = (shots: readonly Shot[]): number => Math.abs((shots[0]?.true ?? 0) - (shots[1]?.true ?? 0));

t.test('100 pairs at 30 fps: 99 of them within half an interval, and the reported skew is the true one', async (t) => {
  const pairs: PairedSet<Shot>[] = [];
  for (let seed = 1; seed <= 100; seed++) {
    const pairing = createPairing<Shot>(2, INTERVAL / 2);
    for (const { stream, shot } of film(seed)) {
      const found = pairing.add(stream, shot);
      if (!found) continue;
      pairs.push(found);
      break;
    }
  }

  const skews = pairs.map(({ shots }) => skewOf(shots)).sort((a, b) => a - b);
  t.equal(pairs.length, 100);
  t.ok(
    pairs.every(({ shots, skew }) => Math.abs(skew - skewOf(shots)) < 1e-9),
    'the true skew is reported',
  );
  t.ok((skews[98] ?? Number.POSITIVE_INFINITY) <= INTERVAL / 2, `p99 is ${skews[98]} ms`);
});

t.test('the nearest pictures are taken, also when one camera is late by two', async (t) => {
  const pairing = createPairing<Shot>(2, 10);
  const at = (taken: number): Shot => ({ taken, true: taken });

  t.equal(pairing.add(0, at(0)), undefined);
  t.equal(pairing.add(0, at(33)), undefined);
  t.equal(pairing.add(0, at(66)), undefined);
  const pair = pairing.add(1, at(38));

  t.same(pair, { shots: [at(33), at(38)], skew: 5 });
});

t.test('without a pair within the limit the best one so far is known', async (t) => {
  const pairing = createPairing<Shot>(2, 1);
  const at = (taken: number): Shot => ({ taken, true: taken });

  for (const [left, right] of [
    [0, 8],
    [33, 39],
    [66, 73],
  ] as const) {
    t.equal(pairing.add(0, at(left)), undefined);
    t.equal(pairing.add(1, at(right)), undefined);
  }

  t.equal(pairing.best?.skew, 6);
  t.ok(pairing.attempts >= 3);
});

t.test('three cameras make sets of three', async (t) => {
  const pairing = createPairing<Shot>(3, 20);
  const at = (taken: number): Shot => ({ taken, true: taken });

  t.equal(pairing.add(0, at(0)), undefined);
  t.equal(pairing.add(1, at(10)), undefined);
  const set = pairing.add(2, at(15));

  t.same(set?.skew, 15);
});
