// Random profiles and edits: after each sequence the daemon equals one started afresh, no stream is cut, no upload is lost.

import t from 'tap';
import { sequences } from './fuzz-reload/several.ts';

const SEQUENCES = Number(process.env.CAMD_FUZZ_SEQUENCES ?? 40);
const FIRST = Number(process.env.CAMD_FUZZ_SEED ?? 1);
const STEPS = 6;

t.test(`${SEQUENCES} random sequences of edits leave nothing behind and cut nothing`, { timeout: 0 }, async (t) => {
  const plan = { first: FIRST, count: SEQUENCES, steps: STEPS, parallel: 4 };

  const { faults, reloads, refused } = await sequences(plan);

  t.comment(`${reloads} reloads, ${refused} of them refused as they had to be`);
  t.same(faults, []);
  t.ok(refused > 0 || SEQUENCES < 5);
});
