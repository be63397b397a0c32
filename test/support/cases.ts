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

/** Built-in plugins by their names, each under the suite of its kind. */
export function conform(t: Test, plugins: Readonly<Record<string, readonly Case<Test>[]>>): void {
  for (const [use, cases] of Object.entries(plugins)) {
    void t.test(`${use} conforms`, (t) => runCases(t, cases));
  }
}
