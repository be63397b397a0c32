// A conformance suite is a list of cases, so that node:test and tap can both run it.

/** `for (const { title, run } of cases) test(title, run);` — with node:test's `test` or tap's `t.test`. */
export interface Case<T> {
  /** What the plugin does when it is right. */
  readonly title: string;
  /** Rejects with an AssertionError when the plugin is wrong. */
  run(t: T): Promise<void>;
}
