// The input and the result of a rule about mistakes.

import { blanked, blockEnd, type Line, type Scan } from './site.ts';

/** The parser's error. */
export interface SyntaxFault {
  readonly code: string;
  readonly message: string;
  readonly at: number;
}

export interface Mistake {
  readonly start: number;
  readonly end: number;
  /** Quotes no value, because it might be a secret. */
  readonly message: string;
  /** The text without the mistake and with all offsets unchanged, to search for the next mistake. */
  readonly corrected?: string;
}

export interface Site extends SyntaxFault {
  readonly text: string;
  readonly line: Line;
  readonly scan: Scan;
  /** The error's column, from 0. */
  readonly column: number;
}

export type Rule = (site: Site) => Mistake | undefined;

/** A mistake at columns of the error's line. */
export const onLine = ({ line }: Site, from: number, to: number, message: string, corrected?: string): Mistake => ({
  start: line.start + from,
  end: line.start + Math.max(to, from + 1),
  message,
  ...(corrected === undefined ? {} : { corrected }),
});

export const wholeLine = (site: Site, message: string): Mistake =>
  onLine(site, site.line.indent, site.line.text.trimEnd().length, message, without(site, site.line));

/** The text without a line and the deeper lines below it. */
export const without = ({ text }: Site, line: Line): string => blanked(text, line.start, blockEnd(text, line));

export const inFlow = ({ depth }: Scan, index: number): boolean => (depth[index] ?? 0) > 0;

/** The line is not indented like the keys it belongs to. */
export function indented(site: Site, like: Line): Mistake {
  const name = /^\s*(?:- )?"?([\w.-]+)/.exec(like.text)?.[1] ?? 'the line above';
  const spaces = (count: number): string => `${count} ${count === 1 ? 'space' : 'spaces'}`;
  const message = `This line is indented by ${spaces(site.line.indent)}; indent it by ${like.indent}, like "${name}".`;
  return wholeLine(site, message);
}
