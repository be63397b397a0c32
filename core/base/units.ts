// The units of the profile language: parses and formats durations, sizes and rates.

/** Milliseconds. */
export type Milliseconds = number;
/** Bytes. */
export type Bytes = number;
/** Events per second. */
export type PerSecond = number;

export type Unit = 'duration' | 'size' | 'rate';

const DURATIONS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 };
const SIZES: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
};
const RATES: Readonly<Record<string, number>> = { s: 1, m: 1 / 60, h: 1 / 3600 };

/** The correct form of each unit, for messages. */
export const UNIT_EXAMPLES: Readonly<Record<Unit, string>> = {
  duration: '250ms, 10s, 5m, 2h or 30d',
  size: '64KiB, 8MiB or 2GiB',
  rate: '5/s, 30/m or 10/h',
};

/** "10s" → 10000, "8MiB" → 8388608, "5/s" → 5; undefined if the text does not have that unit. */
export function parseUnit(unit: Unit, text: string): number | undefined {
  const table = unit === 'duration' ? DURATIONS : unit === 'size' ? SIZES : RATES;
  const match = /^(\d+(?:\.\d+)?)(\/?)([A-Za-z]+)$/.exec(text);
  if (!match || (match[2] === '/') !== (unit === 'rate')) return undefined;
  const factor = table[match[3] ?? ''];
  return factor === undefined ? undefined : Number(match[1]) * factor;
}

const UNIT_WORDS: Readonly<Record<Unit, readonly (readonly [RegExp, string])[]>> = {
  duration: [
    [/^(ms|msecs?|milli\w*)$/, 'ms'],
    [/^s(ecs?|econds?)?$/, 's'],
    [/^m(ins?|inutes?)?$/, 'm'],
    [/^h(rs?|ours?)?$/, 'h'],
    [/^d(ays?)?$/, 'd'],
  ],
  size: [
    [/^b(ytes?)?$/, 'B'],
    [/^ki?b?$/, 'KiB'],
    [/^mi?b?$/, 'MiB'],
    [/^gi?b?$/, 'GiB'],
  ],
  rate: [
    [/^(fps|hz|\/? ?s(ec\w*)?|per sec\w*)$/, '/s'],
    [/^(\/? ?m(in\w*)?|per min\w*)$/, '/m'],
    [/^(\/? ?h(our\w*)?|per hour)$/, '/h'],
  ],
};

/** Guesses the intended value of a text without a valid unit: "15 seconds" → "15s". */
export function guessUnit(unit: Unit, text: string): string | undefined {
  const [, number, word = ''] = /^(\d+(?:\.\d+)?) *(.{0,12})$/.exec(text.toLowerCase()) ?? [];
  if (number === undefined) return undefined;
  if (word === '') return `${number}${{ duration: 's', size: 'MiB', rate: '/s' }[unit]}`;
  const found = UNIT_WORDS[unit].find(([pattern]) => pattern.test(word));
  return found && `${number}${found[1]}`;
}

/** 90000 → "90s", 1500 → "1500ms", 8388608 → "8MiB": the shortest text that `parseUnit` reads back as this number. */
export function writeUnit(unit: Unit, value: number): string {
  if (unit === 'rate') {
    for (const [name, factor] of Object.entries(RATES)) {
      const count = Number((value / factor).toPrecision(12));
      if (Number.isInteger(count) || name === 'h') return `${count}/${name}`;
    }
  }
  const table = Object.entries(unit === 'duration' ? DURATIONS : SIZES).filter(([name]) => !/^[kKMGT]B$/.test(name));
  const [name = '', factor = 1] =
    table.findLast(([, unitSize]) => value >= unitSize && value % unitSize === 0) ?? table[0] ?? [];
  return `${value / factor}${name}`;
}

/** 15000 → "15s", 90061 → "1m 30s": at most two parts, for people. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const parts: string[] = [];
  let rest = Math.round(ms / 1000) * 1000;
  for (const [name, factor] of [...Object.entries(DURATIONS)].reverse()) {
    const count = Math.floor(rest / factor);
    if (count > 0 && parts.length < 2) parts.push(`${count}${name}`);
    rest -= count * factor;
  }
  return parts.join(' ');
}

/** 8388608 → "8 MiB", for people. */
export function formatSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let index = 0;
  while (value >= 1024 && index < units.length - 1) {
    value /= 1024;
    index++;
  }
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${units[index]}`;
}
