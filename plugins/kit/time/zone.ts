// Converts between timestamps and wall-clock time in a time zone, by Intl alone.

const BLOCK_MS = 15 * 60_000;
const MAX_BLOCKS = 4096;

export interface Zone {
  readonly name: string;
  /** Milliseconds to add to UTC for the local time at that instant (ms since the epoch). */
  offset(time: number): number;
  /** The instants at which clocks show `local` (ms, as if it were UTC): none in a spring gap, two in an autumn overlap. */
  instants(local: number): readonly number[];
}

/** An IANA zone name, or "UTC". Throws a RangeError for a zone unknown to this system. */
export function zone(name: string): Zone {
  if (name === 'UTC') return { name, offset: () => 0, instants: (local) => [local] };
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    era: 'short',
  });
  // Offsets only change on quarter hours, and a call of Intl costs microseconds: a bounded number of blocks is cached.
  const blocks = new Map<number, number>();

  const offset = (time: number): number => {
    const block = Math.floor(time / BLOCK_MS);
    const known = blocks.get(block);
    if (known !== undefined) return known;
    const found = ask(format, block * BLOCK_MS);
    if (blocks.size >= MAX_BLOCKS) blocks.clear();
    blocks.set(block, found);
    return found;
  };

  return {
    name,
    offset,
    instants(local) {
      const candidates = new Set([offset(local - 864e5), offset(local + 864e5)]);
      return [...candidates]
        .map((candidate) => local - candidate)
        .filter((instant) => instant + offset(instant) === local)
        .sort((a, b) => a - b);
    },
  };
}

function ask(format: Intl.DateTimeFormat, time: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(time)) parts[type] = Number(value);
  const local = Date.UTC(
    parts.year ?? 0,
    (parts.month ?? 1) - 1,
    parts.day ?? 1,
    parts.hour ?? 0,
    parts.minute ?? 0,
    parts.second ?? 0,
  );
  return local - Math.floor(time / 1000) * 1000;
}
