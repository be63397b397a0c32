// Formats and parses times in file names with strftime directives.

import { misuse } from '../../../core/contract/plugin.ts';
import type { Zone } from './zone.ts';

export interface TimeFormat {
  /** Pieces of a pattern: literal text, or a regular expression for one part of the time. */
  readonly pieces: readonly { readonly literal?: string; readonly pattern?: string }[];
  /** Milliseconds since the epoch → text. */
  format(time: number): string;
  /** Text → milliseconds since the epoch; `near` decides between two instants with the same name. */
  parse(text: string, near: number): number | undefined;
}

interface Parts {
  readonly local: Date;
  /** Microseconds since the epoch. */
  readonly micros: number;
  /** Minutes. */
  readonly offset: number;
}

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/** strftime directives that sort and can be parsed. %f is microseconds (as in Python), %L milliseconds. */
const DIRECTIVES: Readonly<Record<string, { pattern: string; text: (parts: Parts) => string }>> = {
  Y: { pattern: '\\d{4}', text: ({ local }) => pad(local.getUTCFullYear(), 4) },
  m: { pattern: '\\d{2}', text: ({ local }) => pad(local.getUTCMonth() + 1, 2) },
  d: { pattern: '\\d{2}', text: ({ local }) => pad(local.getUTCDate(), 2) },
  H: { pattern: '\\d{2}', text: ({ local }) => pad(local.getUTCHours(), 2) },
  M: { pattern: '\\d{2}', text: ({ local }) => pad(local.getUTCMinutes(), 2) },
  S: { pattern: '\\d{2}', text: ({ local }) => pad(local.getUTCSeconds(), 2) },
  L: { pattern: '\\d{3}', text: ({ micros }) => pad(Math.floor(micros / 1000) % 1000, 3) },
  f: { pattern: '\\d{6}', text: ({ micros }) => pad(micros % 1_000_000, 6) },
  s: { pattern: '\\d{1,11}', text: ({ micros }) => String(Math.floor(micros / 1_000_000)) },
  z: {
    pattern: '[+-]\\d{4}',
    text: ({ offset }) =>
      `${offset < 0 ? '-' : '+'}${pad(Math.floor(Math.abs(offset) / 60), 2)}${pad(Math.abs(offset) % 60, 2)}`,
  },
};

/** Times beyond the year 9999 are not supported. */
const LAST = Date.UTC(10_000, 0, 1);

export function createTimeFormat(text: string, zone: Zone): TimeFormat {
  const words: (string | { readonly word: string })[] = [];
  for (const match of text.matchAll(/%(.?)|[^%]+/gs)) {
    const word = match[1];
    if (word === undefined) words.push(match[0]);
    else if (word === '%') words.push('%');
    else if (DIRECTIVES[word]) words.push({ word });
    else
      throw misuse(
        'time_format',
        `time_format has "%${word}"; allowed are %Y %m %d %H %M %S %L %f %s %z, and %% for a "%".`,
      );
  }
  const used = new Set(words.flatMap((word) => (typeof word === 'string' ? [] : [word.word])));
  if (!used.has('s') && !(used.has('Y') && used.has('m') && used.has('d'))) {
    throw misuse('time_format', 'time_format needs at least %Y, %m and %d, or %s, so that names can be read back.');
  }
  if (zone.name !== 'UTC' && text.endsWith('Z')) {
    throw misuse('time_format', `time_format ends with "Z", which means UTC, but timezone is ${zone.name}; use %z.`);
  }

  const pieces = words.map((word) =>
    typeof word === 'string' ? { literal: word } : { pattern: DIRECTIVES[word.word]?.pattern ?? '' },
  );
  const reader = new RegExp(
    `^${words.map((word) => (typeof word === 'string' ? quote(word) : `(${DIRECTIVES[word.word]?.pattern})`)).join('')}$`,
  );

  const format = (time: number): string => {
    const micros = Math.round(time * 1000);
    const offset = zone.offset(Math.floor(micros / 1000));
    const local = new Date(Math.floor(micros / 1000) + offset);
    const parts: Parts = { local, micros, offset: Math.trunc(offset / 60_000) };
    return words.map((word) => (typeof word === 'string' ? word : DIRECTIVES[word.word]?.text(parts))).join('');
  };

  return {
    pieces,
    format(time) {
      if (!(time >= 0 && time < LAST)) throw misuse('bad-time', 'The time of the picture is outside 1970 to 9999.');
      return format(time);
    },
    parse(value, near) {
      const match = reader.exec(value);
      if (!match) return undefined;
      const found: Record<string, string> = {};
      let group = 1;
      for (const word of words) if (typeof word !== 'string') found[word.word] = match[group++] ?? '';
      const number = (word: string, otherwise: number): number =>
        found[word] === undefined ? otherwise : Number(found[word]);

      const fraction = number('L', 0);
      const candidates =
        found.s === undefined
          ? instants(
              Date.UTC(
                number('Y', 0),
                number('m', 1) - 1,
                number('d', 1),
                number('H', 0),
                number('M', 0),
                number('S', 0),
              ),
              found.z,
              zone,
            )
          : [Number(found.s) * 1000];
      return candidates
        .map((whole) => (found.f === undefined ? whole + fraction : (whole * 1000 + Number(found.f)) / 1000))
        .filter((time) => time >= 0 && time < LAST && format(time) === value)
        .sort((a, b) => Math.abs(a - near) - Math.abs(b - near))[0];
    },
  };
}

function instants(local: number, offset: string | undefined, zone: Zone): readonly number[] {
  if (offset === undefined) return zone.instants(local);
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3));
  return [local - (offset.startsWith('-') ? -minutes : minutes) * 60_000];
}

export const quote = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
