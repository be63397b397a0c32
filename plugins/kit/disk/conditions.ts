// The named problems of a node; it is degraded while there is at least one.

export interface Conditions {
  /** A sentence sets the complaint, undefined lifts it. */
  set(name: string, sentence: string | undefined): void;
  has(name: string): boolean;
}

export function createConditions(report: { degraded(why: string): void; healthy(): void }): Conditions {
  const complaints = new Map<string, string>();
  return {
    has: (name) => complaints.has(name),
    set(name, sentence) {
      if (complaints.get(name) === sentence) return;
      if (sentence === undefined) complaints.delete(name);
      else complaints.set(name, sentence);
      const [first] = complaints.values();
      if (first === undefined) report.healthy();
      else report.degraded(first);
    },
  };
}
