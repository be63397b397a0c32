// Decides whether the wall clock can be trusted before old pictures are deleted. Pure.

/** Clock changes up to this many milliseconds are ignored. */
export const TOLERANCE = 3_600_000;

export interface ClockTrust {
  /** Wall clock minus monotonic clock when it was last steady. */
  readonly offset: number;
  /** The offset before the first unsettled jump; if the clock returns to it, the jump is forgotten. */
  readonly original: number;
  /** Monotonic time since which the clock has been steady. */
  readonly since: number;
  readonly jumped: boolean;
}

export interface ClockReading {
  /** Milliseconds since the epoch. */
  readonly wall: number;
  readonly monotonic: number;
}

export const startTrust = ({ wall, monotonic }: ClockReading): ClockTrust => ({
  offset: wall - monotonic,
  original: wall - monotonic,
  since: monotonic,
  jumped: false,
});

/** Call this regularly: a jump shows as a change between the two clocks. */
export function observe(trust: ClockTrust, { wall, monotonic }: ClockReading, hold: number): ClockTrust {
  const offset = wall - monotonic;
  if (trust.jumped && Math.abs(offset - trust.original) <= TOLERANCE) {
    return { ...trust, offset, jumped: false };
  }
  if (Math.abs(offset - trust.offset) > TOLERANCE) {
    return { offset, original: trust.jumped ? trust.original : trust.offset, since: monotonic, jumped: true };
  }
  const waited = trust.jumped && monotonic - trust.since >= hold;
  return waited ? { offset, original: offset, since: trust.since, jumped: false } : { ...trust, offset };
}

export interface Evidence {
  /** Time of the newest stored picture; undefined when there is none. */
  readonly newest: number | undefined;
  /** The smallest age in the rules, ms; undefined when they have none. */
  readonly reach: number | undefined;
}

/**
 * Why the rules must wait, as a sentence; undefined when they may run. A clock that has been steady for `hold` is trusted. Before
 * that, a jump is not trusted, nor a time that would make every stored picture too old or from the future.
 */
export function whyWait(
  trust: ClockTrust,
  { wall, monotonic }: ClockReading,
  { newest, reach }: Evidence,
  hold: number,
): string | undefined {
  if (monotonic - trust.since >= hold) return undefined;
  if (trust.jumped) return 'The clock has jumped; nothing is deleted until it has been steady for clock_hold.';
  if (newest === undefined) return undefined;
  if (newest > wall + TOLERANCE) {
    return 'The newest picture is from the future; nothing is deleted until the clock has been steady for clock_hold.';
  }
  if (reach !== undefined && wall - newest > reach) {
    return 'Even the newest picture would be too old; nothing is deleted until the clock has been steady for clock_hold.';
  }
  return undefined;
}
