// A conformance suite is a list of cases, so that node:test and tap can both run it.

/** `for (const { title, run } of cases) test(title, run);` — with node:test's `test` or tap's `t.test`. */
export interface Case<T> {
  /** The correct behaviour of the plugin. */
  readonly title: string;
  /** Rejects with an AssertionError if the plugin is wrong. */
  run(t: T): Promise<void>;
}
