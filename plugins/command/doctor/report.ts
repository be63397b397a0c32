// Prints the report as text and as JSON.

import type { Check } from '../../kit/doctor/check.ts';
import { wrap } from './wrap.ts';

export interface Report {
  readonly version: string;
  readonly user: string;
  /** As given on the command line. */
  readonly profile: string | undefined;
  readonly checks: readonly Check[];
}

const WORDS = { fine: 'ok', warning: 'warning', wrong: 'wrong' } as const;
const TONES = { fine: 32, warning: 33, wrong: 31 } as const;
const BOLD = 1;
const ORDER = { wrong: 0, warning: 1, fine: 2 } as const;
/** Width of the messages in columns. */
const WIDTH = 110;

export const countOf = (checks: readonly Check[], is: Check['is']): number =>
  checks.filter((check) => check.is === is).length;

/** The worst first, otherwise in their original order. */
export function reportText({ version, user, profile, checks }: Report, color: boolean, quiet: boolean): string {
  const paint = (style: number, text: string): string => (color ? `\u001b[${style}m${text}\u001b[0m` : text);
  const shown = checks.filter(({ is }) => !quiet || is !== 'fine').sort((a, b) => ORDER[a.is] - ORDER[b.is]);
  const subjects = Math.max(0, ...shown.map(({ subject }) => subject.length));
  const indent = ' '.repeat(9 + subjects + 2);
  const lines = shown.flatMap(({ is, subject, option, place, message, fix }) => {
    const where = place ?? option;
    const text = printable(where === undefined || message.startsWith(`${where}:`) ? message : `${where}: ${message}`);
    const [first = '', ...rest] = wrap(text, WIDTH - indent.length);
    return [
      `${paint(TONES[is], WORDS[is].padEnd(9))}${subject.padEnd(subjects)}  ${first}`,
      ...rest.map((line) => indent + line),
      ...(fix === undefined ? [] : [`${indent}${paint(BOLD, `$ ${printable(fix)}`)}`]),
    ];
  });
  return [
    `camd ${version}, user ${user}${profile === undefined ? '' : `, profile ${profile}`}`,
    '',
    ...lines,
    '',
    summary(checks),
    '',
  ].join('\n');
}

export function reportJson({ version, user, profile, checks }: Report): string {
  const data = {
    camd: version,
    user,
    profile: profile ?? null,
    wrong: countOf(checks, 'wrong'),
    warnings: countOf(checks, 'warning'),
    checks: checks.map(({ is, subject, code, option, place, message, fix }) => ({
      is,
      subject,
      code,
      option,
      place,
      message,
      fix,
    })),
  };
  return `${JSON.stringify(data, undefined, 2)}\n`;
}

function summary(checks: readonly Check[]): string {
  const [wrong, warnings, fine] = [countOf(checks, 'wrong'), countOf(checks, 'warning'), countOf(checks, 'fine')];
  return `${wrong} wrong, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}, ${fine} ok`;
}

/** Servers and devices must not control the terminal: no control or direction characters. */
const printable = (text: string): string => text.replaceAll(/\p{Cc}|\p{Bidi_Control}/gu, '·');
