// Runs the cases of a camd/testing suite as tap tests.

import type { Test } from 'tap';
import type { Case } from '../../testing/index.ts';

/** Queues all cases at once, so that a caller need not wait for them. */
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

/** Built-in plugins by name, each with the cases of its kind's suite. */
export function conform(t: Test, plugins: Readonly<Record<string, readonly Case<Test>[]>>): void {
  for (const [use, cases] of Object.entries(plugins)) {
    void t.test(`${use} conforms`, (t) => runCases(t, cases));
  }
}
