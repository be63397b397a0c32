// The text around a syntax error: its line, the lines near it, and the quotes and brackets open there. Pure.

/** Longest line that is examined; a longer one is data, not written by hand. Characters. */
const MAX_LINE = 2000;

export interface Line {
  readonly start: number;
  /** Without its line break. */
  readonly text: string;
  readonly indent: number;
}

/** An opening character and its offset. */
export interface Opener {
  readonly at: number;
  readonly sign: string;
}

export function lineAt(text: string, offset: number): Line {
  const start = offset <= 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
  const line = text.slice(start, start + MAX_LINE).split(/\r?\n/, 1)[0] ?? '';
  return { start, text: line, indent: line.search(/[^ ]|$/) };
}

const isBlank = ({ text }: Line): boolean => /^\s*(#|$)/.test(text);

/** The nearest line above that is neither blank nor a comment. */
export function lineAbove(text: string, line: Line): Line | undefined {
  for (let start = line.start; start > 0; ) {
    const above = lineAt(text, start - 1);
    if (!isBlank(above)) return above;
    start = above.start;
  }
  return undefined;
}

export function lineBelow(text: string, line: Line): Line | undefined {
  for (let next = text.indexOf('\n', line.start); next >= 0; next = text.indexOf('\n', next + 1)) {
    const below = lineAt(text, next + 1);
    if (!isBlank(below)) return below;
  }
  return undefined;
}

/** The lines above whose map may get another key at the same column: nearest first, each less indented than the one before. */
export function openLines(text: string, line: Line): Line[] {
  const open: Line[] = [];
  for (let above = lineAbove(text, line); above; above = lineAbove(text, above)) {
    if (above.indent < (open.at(-1)?.indent ?? Number.POSITIVE_INFINITY)) open.push(above);
    if (above.indent === 0) break;
  }
  return open;
}

/** A quote starts a quoted text only at the beginning of a value or a key. */
const BEFORE_QUOTE = /(^|[:,[{?-])\s*$/;

export interface Scan {
  /** Brackets that are not closed on the line. */
  readonly open: readonly Opener[];
  /** A quote that is not closed on the line. */
  readonly quote: Opener | undefined;
  /** For each character of the line: true if part of a quoted text or a comment. */
  readonly quoted: readonly boolean[];
  /** For each character: the number of open brackets around it. */
  readonly depth: readonly number[];
}

/** Scans one line by itself, as if no bracket or quote were open at its beginning. */
export function scan({ start, text }: Line): Scan {
  const open: Opener[] = [];
  const quoted: boolean[] = [];
  const depth: number[] = [];
  let quote: Opener | undefined;
  for (let index = 0; index < text.length; index++) {
    const sign = text[index] ?? '';
    depth[index] = open.length;
    quoted[index] = quote !== undefined;
    if (quote) {
      if (quote.sign === '"' && sign === '\\') {
        index += 1;
        depth[index] = open.length;
        quoted[index] = true;
      } else if (sign === quote.sign) quote = undefined;
    } else if ((sign === '"' || sign === "'") && BEFORE_QUOTE.test(text.slice(0, index))) {
      quote = { at: start + index, sign };
      quoted[index] = true;
    } else if (sign === '#' && /(^|\s)$/.test(text.slice(0, index))) {
      for (let rest = index; rest < text.length; rest++) {
        quoted[rest] = true;
        depth[rest] = open.length;
      }
      break;
    } else if ((sign === '{' || sign === '[') && (open.length > 0 || /[:,[{-]\s+$|^\s*$/.test(text.slice(0, index)))) {
      open.push({ at: start + index, sign });
    } else if (sign === (open.at(-1)?.sign === '{' ? '}' : ']')) open.pop();
  }
  return { open, quote, quoted, depth };
}

/** The same text with these characters replaced by spaces; all offsets stay. */
export const blanked = (text: string, start: number, end: number, by = ' '): string =>
  text.slice(0, start) + text.slice(start, end).replaceAll(/[^\r\n]/g, by) + text.slice(end);

/** The end of a line and of all lines below that are indented deeper. */
export function blockEnd(text: string, line: Line): number {
  let last = line;
  for (let below = lineBelow(text, line); below && below.indent > line.indent; below = lineBelow(text, below)) {
    last = below;
  }
  return last.start + last.text.length;
}
