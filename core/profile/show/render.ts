// Renders problems as text, as JSON and as GitHub annotations. Pure; its sources contain no secrets.

import { isAbsolute, relative } from 'node:path';
import { type Place, type Problem, placeText } from '../../contract/problems.ts';

export interface RenderOptions {
  readonly format: 'text' | 'json' | 'github';
  /** Paths inside this absolute folder are shown relative to it. */
  readonly cwd: string;
  /** Used only for text. Default: none. */
  readonly color?: boolean;
}

/** Longer lines are cut to the part around the caret. */
const MAX_LINE = 160;

const RED = 31;
const YELLOW = 33;
const BOLD = 1;
const DIM = 2;

/** Without a trailing newline; empty if there are no problems (json: "[]"). `sources` is that of the Reading. */
export function renderProblems(
  problems: readonly Problem[],
  sources: ReadonlyMap<string, string>,
  options: RenderOptions,
): string {
  if (options.format === 'json')
    return JSON.stringify(
      problems.map((one) => asData(one, options.cwd)),
      undefined,
      2,
    );
  if (options.format === 'github') return problems.map((one) => annotation(one, options.cwd)).join('\n');
  const lines = new Map([...sources].map(([file, text]) => [file, text.split(/\r?\n/)]));
  return problems.map((one) => excerpt(one, lines, options)).join('\n');
}

function asData(problem: Problem, cwd: string): unknown {
  const { code, severity, message, place, related } = problem;
  const shownPlace = (at: Place) => ({ ...at, file: shownPath(at.file, cwd) });
  return { code, severity, message, ...shownPlace(place), ...(related ? { related: shownPlace(related) } : {}) };
}

function excerpt(problem: Problem, lines: ReadonlyMap<string, readonly string[]>, options: RenderOptions): string {
  const { code, severity, message, place, related } = problem;
  const also = related ? `\n  also at ${where(related, options.cwd)}` : '';
  const paint = (style: number, text: string): string => (options.color ? `\u001b[${style}m${text}\u001b[0m` : text);
  const tone = severity === 'error' ? RED : YELLOW;
  const at = where(place, options.cwd);
  const head = `${paint(BOLD, at)}  ${paint(tone, severity)}  ${code}`;
  const source = lines.get(place.file)?.[place.line - 1];
  if (source === undefined) return `${head}\n  ${printable(message)}${also}`;
  const number = String(place.line);
  const gutter = ' '.repeat(number.length);
  const cut = place.column > MAX_LINE - 40 ? place.column - 60 : 0;
  // A tab must be as wide in the caret line as in the line above.
  const shown = printable(source.slice(cut, cut + MAX_LINE).replaceAll('\t', ' '));
  const indent = ' '.repeat(Math.max(place.column - 1 - cut, 0));
  const caret = '^'.repeat(Math.max(1, Math.min(place.length, shown.length - indent.length)));
  return [
    head,
    `  ${paint(DIM, `${number} |`)} ${shown}`,
    `  ${paint(DIM, `${gutter} |`)} ${indent}${paint(tone, caret)} ${printable(message)}`,
  ]
    .join('\n')
    .concat(also);
}

const where = (place: Place, cwd: string): string => placeText({ ...place, file: shownPath(place.file, cwd) });

/** https://docs.github.com/actions "workflow commands": %, CR and LF are escaped everywhere, : and , in properties too. */
function annotation({ code, severity, message, place, related }: Problem, cwd: string): string {
  const data = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const file = property(shownPath(place.file, cwd));
  const also = related ? ` Also at ${where(related, cwd)}.` : '';
  const end = place.column + place.length - 1;
  return `::${severity} file=${file},line=${place.line},col=${place.column},endColumn=${end},title=${property(code)}::${data(message + also)}`;
}

function shownPath(file: string, cwd: string): string {
  if (!isAbsolute(file)) return file;
  const inside = relative(cwd, file);
  return inside === '' || inside.startsWith('..') ? file : inside;
}

/** Removes control and direction characters: a profile must not control the terminal of the user who checks it. */
const printable = (text: string): string => text.replaceAll(/\p{Cc}|\p{Bidi_Control}/gu, '·');
