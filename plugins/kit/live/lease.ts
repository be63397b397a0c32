// A lease on state that survives a reload: the new instance acquires it before the old one releases it.

/** Milliseconds for which a promised successor may be late: about what a slow start takes. */
export const EXPECT_LIMIT = 30_000;

/**
 * Reloads start a successor while its predecessor still runs, and may undo that later; or they stop the predecessor first. So
 * several may hold the same thing for a while, the newest one decides how it is run, and it ends with the last of them.
 */
export interface Lease<Holder> {
  /** The newest of those who hold it; undefined between two of them. */
  current(): Holder | undefined;
  /** Returns how to let go; the promise resolves when the thing has ended, if this was the last hold. */
  acquire(holder: Holder): () => Promise<void>;
  /** A successor may come: with nobody holding it, it is kept for a while. */
  expect(): void;
  /** The successor that was promised has no use for it: it ends with its last holder after all. */
  cancel(): void;
}

export interface LeaseOptions<Holder> {
  /** Another one decides now; undefined: nobody for the moment. */
  onChange?(holder: Holder | undefined): void;
  /** Nobody holds it any more and nobody will. */
  end(): void | Promise<void>;
  readonly monotonic: () => number;
}

export function createLease<Holder>({ onChange, end, monotonic }: LeaseOptions<Holder>): Lease<Holder> {
  const holders: Holder[] = [];
  let expected = Number.NEGATIVE_INFINITY;
  let orphaned: NodeJS.Timeout | undefined;

  return {
    current: () => holders.at(-1),
    acquire(holder) {
      clearTimeout(orphaned);
      orphaned = undefined;
      expected = Number.NEGATIVE_INFINITY;
      holders.push(holder);
      onChange?.(holder);
      return async () => {
        const at = holders.indexOf(holder);
        if (at < 0) return;
        const decided = at === holders.length - 1;
        holders.splice(at, 1);
        if (decided) onChange?.(holders.at(-1));
        if (holders.length > 0) return;
        if (monotonic() - expected > EXPECT_LIMIT) return end();
        orphaned = setTimeout(() => void end(), EXPECT_LIMIT);
        orphaned.unref();
      };
    },
    expect() {
      expected = monotonic();
    },
    cancel() {
      expected = Number.NEGATIVE_INFINITY;
      if (orphaned === undefined || holders.length > 0) return;
      clearTimeout(orphaned);
      orphaned = undefined;
      void end();
    },
  };
}
