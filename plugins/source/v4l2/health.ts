// The health of a node with several cameras: degraded as long as one of them has a problem.

export interface Health {
  /** `topic` identifies one possible problem, such as the pictures of one camera. */
  report(topic: string, trouble: string | undefined): void;
}

export function createHealth(node: { degraded(why: string): void; healthy(): void }): Health {
  const troubles = new Map<string, string>();
  return {
    report(topic, trouble) {
      if (trouble === undefined) troubles.delete(topic);
      else troubles.set(topic, trouble);
      if (troubles.size === 0) node.healthy();
      else node.degraded([...troubles.values()].join(' '));
    },
  };
}
