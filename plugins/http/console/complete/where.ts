// Finds the position of an offset in a profile from indentation and brackets, because incomplete text is seldom valid YAML. Pure.

export interface Where {
  /** Keys from the top to the map that contains the offset. */
  readonly path: readonly string[];
  /** `key`: the offset is at a key or at the beginning of one. `value`: it is in the value of `key`. */
  readonly is: 'key' | 'value';
  /** The key of a value. */
  readonly key: string;
  /** The range of the word at the offset. */
  readonly from: number;
  readonly to: number;
  /** Keys of the same map, with values of one line. */
  readonly siblings: ReadonlyMap<string, string>;
  /** The typed part of a reference, inside `${…`. */
  readonly reference: string | undefined;
}

/** Most lines that are read. */
const MAX_LINES = 20_000;

interface Line {
  readonly start: number;
  readonly text: string;
  /** Columns before the first key; a dash counts as a blank. */
  readonly indent: number;
  readonly key: string | undefined;
  readonly value: string;
}

const KEY = /^(\s*(?:- +)*)(?:"([^"]*)"|'([^']*)'|([^\s:#'"{}[\],&*!|>%@`-][^:#{}[\],]*?))\s*:(?:\s+|$)(.*)$/;

function lineOf(text: string, start: number): Line {
  const match = KEY.exec(text.replace(/\r$/, ''));
  const lead = match?.[1] ?? /^\s*(?:- +)*/.exec(text)?.[0] ?? '';
  const key = match?.[2] ?? match?.[3] ?? match?.[4];
  return { start, text, indent: lead.length, key, value: withoutComment(match?.[5] ?? '') };
}

const withoutComment = (text: string): string => text.replace(/(^|\s)#.*$/, '').trim();

export function whereIs(text: string, offset: number): Where {
  const lines: Line[] = [];
  let start = 0;
  for (const one of text.split('\n').slice(0, MAX_LINES)) {
    lines.push(lineOf(one, start));
    start += one.length + 1;
  }
  const at = Math.max(
    0,
    lines.findLastIndex((line) => line.start <= offset),
  );
  const line = lines[at] ?? lineOf('', 0);
  const before = line.text.slice(0, offset - line.start);
  const flow = flowAt(before);
  const outer = pathTo(lines, at, line);
  if (flow) return inFlow(flow, outer, line, before);
  const reference = /\$\{([\w:.-]*)$/.exec(before)?.[1];
  const colon = /^\s*(?:- +)*[^\s#'":{}[\]][^:#]*:\s/.exec(before);
  if (colon && line.key !== undefined) {
    const word = wordAround(line.text, before.length, colon[0].length);
    return {
      path: outer.path,
      is: 'value',
      key: line.key,
      siblings: outer.siblings,
      reference,
      ...shift(word, line.start),
    };
  }
  const item = /^\s*- +/.exec(before);
  const parent = outer.path.at(-1);
  const isItem = item && line.key === undefined && parent !== undefined;
  const word = wordAround(line.text, before.length, item?.[0].length ?? 0);
  const rest = shift(word, line.start);
  if (isItem)
    return { path: outer.path.slice(0, -1), is: 'value', key: parent, siblings: new Map(), reference, ...rest };
  return { path: outer.path, is: 'key', key: '', siblings: outer.siblings, reference, ...rest };
}

const shift = ({ from, to }: { from: number; to: number }, by: number) => ({ from: from + by, to: to + by });

/** The word around a column, which begins at `least` or later. */
function wordAround(text: string, column: number, least: number): { from: number; to: number } {
  const left = /[^\s{}[\],:"']*$/.exec(text.slice(least, column))?.[0].length ?? 0;
  const use = /[^\s{}[\],"']*$/.exec(text.slice(least, column))?.[0] ?? '';
  const back = use.includes('/') || use.includes('.') ? use.length : left;
  const right = /^[^\s{}[\],:"'#]*/.exec(text.slice(column))?.[0].length ?? 0;
  return { from: column - back, to: column + right };
}

/** Keys that enclose a line, by indentation, and its sibling keys. */
function pathTo(lines: readonly Line[], at: number, line: Line): { path: string[]; siblings: Map<string, string> } {
  const path: string[] = [];
  let least =
    line.text.trim() === '' || line.key === undefined ? Math.max(line.indent, leading(line.text)) : line.indent;
  const own = least;
  for (let index = at - 1; index >= 0 && least > 0; index--) {
    const one = lines[index];
    if (one?.key === undefined || one.indent >= least) continue;
    path.unshift(one.key);
    least = one.indent;
  }
  const siblings = new Map<string, string>();
  const take = (one: Line | undefined): boolean => {
    if (!one || one.text.trim() === '' || one.text.trim().startsWith('#')) return one !== undefined;
    if (one.indent < own) return false;
    if (one.key !== undefined && one.indent === own) siblings.set(one.key, one.value);
    return true;
  };
  for (let index = at - 1; take(lines[index]); index--);
  for (let index = at + 1; take(lines[index]); index++);
  return { path, siblings };
}

const leading = (text: string): number => /^ */.exec(text)?.[0].length ?? 0;

interface Flow {
  /** The brackets that are open at the offset. */
  readonly open: readonly { readonly bracket: string; readonly at: number }[];
}

/** The brackets that are open at the end of this text, outside of quotes and comments. */
function flowAt(before: string): Flow | undefined {
  const open: { bracket: string; at: number }[] = [];
  let quote = '';
  for (let at = 0; at < before.length; at++) {
    const letter = before[at] ?? '';
    if (quote !== '') {
      if (letter === quote) quote = '';
    } else if ((letter === '"' || letter === "'") && /[\s,[{:]$/.test(before.slice(0, at))) quote = letter;
    else if (letter === '#' && /\s$/.test(before.slice(0, at))) return undefined;
    else if ((letter === '{' && before[at - 1] !== '$') || letter === '[') open.push({ bracket: letter, at });
    else if ((letter === '}' && !/\$\{[^}]*$/.test(before.slice(0, at))) || letter === ']') open.pop();
  }
  return open.length > 0 ? { open } : undefined;
}

const PAIR = /(?:^|[{,])\s*([\w.-]+)\s*:\s*([^,{}[\]]*)/g;

function inFlow({ open }: Flow, outer: { path: readonly string[] }, line: Line, before: string): Where {
  const path = [...outer.path];
  for (const { at } of open) {
    const key = /([\w.-]+)\s*:\s*$/.exec(before.slice(0, at))?.[1];
    if (key !== undefined) path.push(key);
  }
  const last = open.at(-1) ?? { bracket: '{', at: 0 };
  const inside = before.slice(last.at + 1);
  const rest = line.text.slice(before.length).split(/[}\]]/)[0] ?? '';
  const flat = (inside + rest).replaceAll(/\$\{[^}]*\}/g, '');
  const siblings = new Map([...flat.matchAll(PAIR)].map(([, key = '', value = '']) => [key, value.trim()]));
  const reference = /\$\{([\w:.-]*)$/.exec(before)?.[1];
  const pair = /(?:^|,)\s*([\w.-]+)\s*:\s*([^,]*)$/.exec(inside);
  const least = before.length - (pair?.[2] ?? /[^,]*$/.exec(inside)?.[0] ?? '').trimStart().length;
  const word = shift(wordAround(line.text, before.length, least), line.start);
  if (last.bracket === '[') {
    const key = path.at(-1) ?? '';
    return { path: path.slice(0, -1), is: 'value', key, siblings: new Map(), reference, ...word };
  }
  if (pair) return { path, is: 'value', key: pair[1] ?? '', siblings, reference, ...word };
  return { path, is: 'key', key: '', siblings, reference, ...word };
}
