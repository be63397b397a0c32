// System calls of a store-and-upload cycle kill camd or fail. `npm run torture -- --crash-points` covers all of them.

import t from 'tap';
import { folderWith } from '../../../support/cli.ts';
import { crashPoints, HOWS } from '../../../torture/crash-points.ts';

/** Tests every STEP-th point. STEP and the number of ways have no common divisor, so that each way occurs. */
const STEP = process.env.CAMD_LONG === '1' ? 1 : 43;

t.setTimeout(3_600_000);

t.test('if a system call kills camd or fails, no acknowledged picture is lost', async (t) => {
  const result = await crashPoints({ t, folder: folderWith(t, {}), chosen: (_point, index) => index % STEP === 0 });

  t.same(result.lost, []);
  t.same(result.wrong, []);
  t.same([...new Set(result.points.map(({ how }) => how))].sort(), [...HOWS].sort());
  t.ok(result.ended > 0);
  t.comment(`${result.points.length} points, ${result.acknowledged} acknowledged, ${result.duplicates} duplicates`);
});
