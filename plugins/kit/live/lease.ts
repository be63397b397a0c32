// Something that outlives the instance that made it: a successor holds it before its predecessor lets go. Knows no nodes.

/** Milliseconds for which a promised successor may be late: about what a slow start takes. */
export const PROMISE_LIMIT = 30_000;

/**
 * Reloads start a successor while its predecessor still runs, and may undo that later; or they stop the predecessor first. So
 * several may hold the same thing for a while, the newest one decides how it is run, and it ends with the last of them.
 */
export interface Tenure<Holder> {
  /** The newest of those who hold it; undefined between two of them. */
  current(): Holder | undefined;
  /** Returns how to let go; the promise resolves when the thing has ended, if this was the last hold. */
  hold(holder: Holder): () => Promise<void>;
  /** A successor may come: with nobody holding it, it is kept for a while. */
  promise(): void;
  /** The successor that was promised has no use for it: it ends with its last holder after all. */
  decline(): void;
}

export interface TenureOptions<Holder> {
  /** Another one decides now; undefined: nobody for the moment. */
  onChange?(holder: Holder | undefined): void;
  /** Nobody holds it any more and nobody will. */
  end(): void | Promise<void>;
  readonly monotonic: () => number;
}

export function createTenure<Holder>({ onChange, end, monotonic }: TenureOptions<Holder>): Tenure<Holder> {
  const holders: Holder[] = [];
  let promised = Number.NEGATIVE_INFINITY;
  let orphaned: NodeJS.Timeout | undefined;

  return {
    current: () => holders.at(-1),
    hold(holder) {
      clearTimeout(orphaned);
      orphaned = undefined;
      promised = Number.NEGATIVE_INFINITY;
      holders.push(holder);
      onChange?.(holder);
      return async () => {
        const at = holders.indexOf(holder);
        if (at < 0) return;
        const decided = at === holders.length - 1;
        holders.splice(at, 1);
        if (decided) onChange?.(holders.at(-1));
        if (holders.length > 0) return;
        if (monotonic() - promised > PROMISE_LIMIT) return end();
        orphaned = setTimeout(() => void end(), PROMISE_LIMIT);
        orphaned.unref();
      };
    },
    promise() {
      promised = monotonic();
    },
    decline() {
      promised = Number.NEGATIVE_INFINITY;
      if (orphaned === undefined || holders.length > 0) return;
      clearTimeout(orphaned);
      orphaned = undefined;
      void end();
    },
  };
}
