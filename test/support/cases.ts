// Runs the cases of a suite of camd/testing as tests of tap.

import type { Test } from 'tap';
import type { Case } from '../../testing/index.ts';

/** All of them are queued at once, so that a caller need not wait for them. */
export async function runCases(t: Test, cases: readonly Case<Test>[]): Promise<void> {
  await Promise.all(
    cases.map(({ title, run }) =>
      t.test(title, async (t) => {
        await run(t);
        t.pass();
      }),
    ),
  );
}
