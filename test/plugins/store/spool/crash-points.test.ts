// System calls of a store-and-upload cycle kill camd or fail. `npm run torture -- --crash-points` does it with every one of them.

import t from 'tap';
import { crashPoints, HOWS } from '../../../torture/crash-points.ts';

/** Every so many-th point. It has no divisor in common with the number of ways, so that each way comes up. */
const STEP = process.env.CAMD_LONG === '1' ? 1 : 43;

t.setTimeout(3_600_000);

t.test('a system call that kills camd or fails loses no acknowledged picture', async (t) => {
  const result = await crashPoints({ t, folder: t.testdir({}), chosen: (_point, index) => index % STEP === 0 });

  t.same(result.lost, []);
  t.same(result.wrong, []);
  t.same([...new Set(result.points.map(({ how }) => how))].sort(), [...HOWS].sort());
  t.ok(result.ended > 0);
  t.comment(`${result.points.length} points, ${result.acknowledged} acknowledged, ${result.duplicates} duplicates`);
});
