// The named problems of a node; it is degraded while there is at least one.

export interface Conditions {
  /** A sentence reports the problem, undefined clears it. */
  set(name: string, sentence: string | undefined): void;
  has(name: string): boolean;
}

export function createConditions(report: { degraded(why: string): void; healthy(): void }): Conditions {
  const problems = new Map<string, string>();
  return {
    has: (name) => problems.has(name),
    set(name, sentence) {
      if (problems.get(name) === sentence) return;
      if (sentence === undefined) problems.delete(name);
      else problems.set(name, sentence);
      const [first] = problems.values();
      if (first === undefined) report.healthy();
      else report.degraded(first);
    },
  };
}
