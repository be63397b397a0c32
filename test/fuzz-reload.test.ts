// Random profiles and edits: after each sequence the daemon equals one started afresh, no stream is cut, no upload is lost.

import t from 'tap';
import { sequence } from './fuzz-reload/sequence.ts';

const SEQUENCES = Number(process.env.CAMD_FUZZ_SEQUENCES ?? 40);
const FIRST = Number(process.env.CAMD_FUZZ_SEED ?? 1);
const STEPS = 6;

t.test(`${SEQUENCES} random sequences of edits leave nothing behind and cut nothing`, { timeout: 0 }, async (t) => {
  const faults: string[] = [];
  let refused = 0;
  let reloads = 0;
  for (let seed = FIRST; seed < FIRST + SEQUENCES; seed++) {
    const outcome = await sequence(t, seed, STEPS);
    faults.push(...outcome.faults);
    refused += outcome.refused;
    reloads += outcome.reloads;
  }
  t.comment(`${reloads} reloads, ${refused} of them refused as they had to be`);

  t.same(faults, []);
  t.ok(refused > 0 || SEQUENCES < 5);
});
