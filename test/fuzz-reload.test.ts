// Random profiles and edits: after each sequence the daemon equals a newly started one, no stream is cut, no upload is lost.

import t from 'tap';
import { sequences } from './fuzz-reload/several.ts';

const SEQUENCES = Number(process.env.CAMD_FUZZ_SEQUENCES ?? 6);
const FIRST = Number(process.env.CAMD_FUZZ_SEED ?? 1);
const STEPS = 6;

t.test(`${SEQUENCES} random sequences of edits leave nothing behind and cut no stream`, { timeout: 0 }, async (t) => {
  const plan = { first: FIRST, count: SEQUENCES, steps: STEPS, parallel: 4 };

  const { faults, reloads, refused } = await sequences(plan);

  t.comment(`${reloads} reloads, ${refused} of them refused as expected`);
  // Another program may take a port, and a busy machine may delay a stream: such faults do not recur in a single run.
  const again: string[] = [];
  for (const seed of new Set(faults.map((fault) => Number(/^seed (\d+)/.exec(fault)?.[1])))) {
    t.comment(`again: ${faults.filter((fault) => fault.startsWith(`seed ${seed}`)).join('; ')}`);
    again.push(...(await sequences({ ...plan, first: seed, count: 1, parallel: 1 })).faults);
  }
  t.same(again, []);
  t.ok(refused > 0 || SEQUENCES < 5);
});
