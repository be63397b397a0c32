// Calculates the age of a picture from the server's clock and a monotonic clock. Pure.

export interface Taken {
  /** Capture time, milliseconds since the epoch. */
  readonly time: number;
  /** Milliseconds of age when the response arrived, by the server's clock. */
  readonly age: number;
  /** Arrival of the response, milliseconds of a monotonic clock. */
  readonly at: number;
}

/** From X-Timestamp (seconds) and Date (whole seconds, so the age may be up to 1 s too low, but never negative). */
export function takenOf(timestamp: string | null, date: string | null, at: number): Taken | undefined {
  const time = Number(timestamp) * 1000;
  const now = Date.parse(date ?? '');
  if (timestamp === null || !Number.isFinite(time) || Number.isNaN(now)) return undefined;
  return { time, age: Math.max(0, now - time), at };
}

/** Of one picture, whichever answer makes it older: the other one is less exact, and the age would fall. */
export const older = (before: Taken | undefined, found: Taken): Taken =>
  before?.time === found.time && ageAt(before, found.at) > found.age ? before : found;

export const ageAt = ({ age, at }: Taken, now: number): number => age + Math.max(0, now - at);

/** Milliseconds → "3 s", "5 min", "2 h", "4 d". */
export function ageText(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
