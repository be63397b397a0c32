// Decides whether the wall clock can be trusted before old pictures are deleted. Pure.

/** Clock changes up to this many milliseconds are ignored. */
export const TOLERANCE = 3_600_000;

export interface ClockTrust {
  /** Wall clock minus monotonic clock when the clock was last steady. */
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

/** Must be called regularly: a jump is a change of the difference between the two clocks. */
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

/** A pause in the stored history that exceeds this, or half of the smallest age in the rules, is no evidence of a correct clock. */
const LONGEST_PAUSE = 26 * 3_600_000;
/** Limit of the queries to the store about its history. */
const MAX_STEPS = 64;

/** The stored pictures as evidence about the clock. All times in milliseconds since the epoch. */
export interface History {
  /** Time of the newest picture; undefined if there is none. */
  newest(): Promise<number | undefined>;
  /** Time of the oldest picture with from <= time < to; undefined if there is none. */
  oldest(from: number, to: number): Promise<number | undefined>;
}

export interface Evidence {
  readonly history: History;
  /** The smallest age in the rules, ms; undefined if they have none. */
  readonly reach: number | undefined;
  /** True if the system reports a synchronised clock. Called only if needed. */
  synchronised(): Promise<boolean>;
}

/**
 * The reason for the rules to wait, as a sentence; undefined if they may run. A clock is trusted if the system reports that it is
 * synchronised, if it has been steady for `hold`, or if pictures without a long pause reach back from now for `hold` or to the
 * oldest one. A single new picture is no evidence: its time comes from the same clock.
 */
export async function whyWait(
  trust: ClockTrust,
  reading: ClockReading,
  evidence: Evidence,
  hold: number,
): Promise<string | undefined> {
  if (reading.monotonic - trust.since >= hold) return undefined;
  const doubt = trust.jumped ? 'The clock has jumped' : await doubtOf(reading.wall, evidence, hold);
  if (doubt === undefined || (await evidence.synchronised())) return undefined;
  return `${doubt}; nothing is deleted by age until the clock is synchronised or has been steady for clock_hold.`;
}

async function doubtOf(now: number, { history, reach }: Evidence, hold: number): Promise<string | undefined> {
  const newest = await history.newest();
  if (newest === undefined) return undefined;
  if (newest > now + TOLERANCE) return 'The newest picture is from the future';
  const pause = Math.max(TOLERANCE, Math.min(LONGEST_PAUSE, (reach ?? Number.POSITIVE_INFINITY) / 2));
  let at = now + TOLERANCE;
  for (let step = 0; step < MAX_STEPS && now - at < hold; step++) {
    const before = await history.oldest(at - pause, at);
    if (before !== undefined) at = before;
    else if ((await history.oldest(Number.MIN_SAFE_INTEGER, at)) === undefined) return undefined;
    else
      return newest < now - pause
        ? 'Even the newest picture would be too old'
        : 'The stored pictures have a long pause';
  }
  return undefined;
}
