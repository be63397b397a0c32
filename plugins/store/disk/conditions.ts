// What ails a node, each complaint by name: the node is degraded while there is one. Knows no disk.

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
