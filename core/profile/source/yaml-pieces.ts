// Parses a profile's YAML node by node, so that a reload parses only the changed pieces.

import { setImmediate } from 'node:timers/promises';
import type { Entry, Mapping, SourceRange, Tree } from './tree.ts';
import { type ParsedYaml, parseYaml } from './yaml.ts';

/** Milliseconds of parsing before other work, such as frames, gets a turn. */
const SLICE_MS = 4;
/** Shorter texts are parsed as a whole, which is fast enough. Characters. */
const LEAST_CHARACTERS = 8 * 1024;
/** More values than parseYaml accepts; parseYaml then reports the problem. */
const MAX_VALUES = 200_000;

/** Parses a file's text with the same result as parseYaml, except where maps and lists end. */
export interface YamlReader {
  (file: string, text: string): Promise<ParsedYaml>;
  /** The same entry at its first position, and the distance it has moved; undefined if it has not moved. */
  origin(entry: Entry): Origin | undefined;
}

export interface Origin {
  readonly entry: Entry;
  readonly lines: number;
  readonly characters: number;
}

/** Creates a reader that keeps the pieces of each file for the next reading. */
export function createYamlReader(): YamlReader {
  const memory = new Map<string, ReadonlyMap<string, Piece>>();
  const origins = new WeakMap<Entry, Origin>();
  const read = async (file: string, text: string): Promise<ParsedYaml> => {
    const layout = text.length < LEAST_CHARACTERS ? undefined : layOut(text);
    const pieces = layout && (await readPieces(file, layout, memory.get(file), origins));
    const joined = pieces && layout && join(pieces, layout);
    if (!joined) {
      memory.delete(file);
      return parseYaml(file, text);
    }
    memory.set(file, new Map(pieces.map((piece) => [piece.text, piece])));
    return { tree: joined, problems: [], dropped: [], broken: false };
  };
  return Object.assign(read, { origin: (entry: Entry) => origins.get(entry) });
}

/** A range of whole lines and its start. */
interface Stretch {
  readonly text: string;
  /** Lines and characters before it. */
  readonly line: number;
  readonly start: number;
}

interface Piece extends Stretch {
  /** As parsed the first time. */
  readonly first: Mapping;
  /** The same at its current position. */
  readonly tree: Mapping;
  readonly values: number;
}

/** The text before the nodes (ending with the line "pipeline:"), each node, and the text after them. */
interface Layout {
  readonly head: Stretch;
  readonly nodes: readonly Stretch[];
  readonly tail: Stretch;
}

/** undefined unless the text has the usual layout: one node below the other. */
function layOut(text: string): Layout | undefined {
  if (/^(---|\.\.\.|%)/m.test(text) || /\t|\r(?!\n)/.test(text)) return undefined;
  const cuts: { line: number; start: number }[] = [];
  let indent = 0;
  let place: 'head' | 'nodes' | 'tail' = 'head';
  let line = 0;
  for (let start = 0; start < text.length; line++) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline + 1;
    const first = firstOf(text, start, end);
    if (first < end && text[first] !== '#') {
      const depth = first - start;
      if (place === 'head') {
        if (depth === 0 && PIPELINE.test(text.slice(start, end))) place = 'nodes';
      } else if (place === 'nodes') {
        if (depth === 0) {
          cuts.push({ line, start });
          place = 'tail';
        } else {
          if (indent === 0) indent = depth;
          if (depth < indent) return undefined;
          if (depth === indent) {
            if (!ID.test(text.slice(first, end))) return undefined;
            cuts.push({ line, start });
          }
        }
      }
    }
    start = end;
  }
  if (place === 'nodes') cuts.push({ line, start: text.length });
  const stretches = cuts
    .slice(0, -1)
    .map((cut, index) => ({ ...cut, text: text.slice(cut.start, cuts[index + 1]?.start) }));
  const [first] = cuts;
  const last = cuts.at(-1);
  if (!first || !last || stretches.length === 0) return undefined;
  return {
    head: { line: 0, start: 0, text: text.slice(0, first.start) },
    nodes: stretches,
    tail: { ...last, text: text.slice(last.start) },
  };
}

const PIPELINE = /^pipeline: *(#.*)?\r?\n?$/;
const ID = /^[A-Za-z0-9][\w.-]*:[ \r\n]/;

/** The position of the first character that is not a space; `end` on a blank line. */
function firstOf(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && (text[at] === ' ' || text[at] === '\r' || text[at] === '\n')) at++;
  return at;
}

/** undefined if a piece is invalid by itself; parsing the whole text then reports the reason. The tail may be missing. */
async function readPieces(
  file: string,
  { head, nodes, tail }: Layout,
  known: ReadonlyMap<string, Piece> | undefined,
  origins: WeakMap<Entry, Origin>,
): Promise<readonly Piece[] | undefined> {
  const pieces: Piece[] = [];
  let since = performance.now();
  for (const stretch of [head, ...nodes, ...(tail.text.trim() === '' ? [] : [tail])]) {
    const piece = moved(known?.get(stretch.text), stretch, origins) ?? readPiece(file, stretch, origins);
    if (!piece) return undefined;
    pieces.push(piece);
    if (performance.now() - since < SLICE_MS) continue;
    await setImmediate();
    since = performance.now();
  }
  return pieces;
}

function readPiece(file: string, stretch: Stretch, origins: WeakMap<Entry, Origin>): Piece | undefined {
  const { tree, problems, dropped } = parseYaml(file, stretch.text);
  if (tree?.kind !== 'map' || problems.length > 0 || dropped.length > 0) return undefined;
  return moved({ text: stretch.text, line: 0, start: 0, first: tree, tree, values: countOf(tree) }, stretch, origins);
}

/** The same piece at its current position. */
function moved(piece: Piece | undefined, { line, start }: Stretch, origins: WeakMap<Entry, Origin>): Piece | undefined {
  if (!piece || (piece.line === line && piece.start === start)) return piece;
  const tree = movedMap(piece.first, line, start);
  for (const [key, entry] of tree.entries) {
    const first = piece.first.entries.get(key);
    if (first) origins.set(entry, { entry: first, lines: line, characters: start });
  }
  return { ...piece, line, start, tree };
}

const movedRange = (range: SourceRange, lines: number, characters: number): SourceRange => ({
  ...range,
  line: range.line + lines,
  start: range.start + characters,
  end: range.end + characters,
});

function movedTree(tree: Tree, lines: number, characters: number): Tree {
  if (tree.kind === 'map') return movedMap(tree, lines, characters);
  const range = movedRange(tree.range, lines, characters);
  if (tree.kind === 'leaf') return { ...tree, range: range };
  return { ...tree, range: range, items: tree.items.map((item) => movedTree(item, lines, characters)) };
}

function movedMap(tree: Mapping, lines: number, characters: number): Mapping {
  const entries = new Map<string, Entry>();
  for (const [key, entry] of tree.entries) {
    entries.set(key, {
      key: movedRange(entry.key, lines, characters),
      value: movedTree(entry.value, lines, characters),
    });
  }
  return { ...tree, range: movedRange(tree.range, lines, characters), entries };
}

function countOf(tree: Tree): number {
  if (tree.kind === 'leaf') return 1;
  const parts = tree.kind === 'list' ? tree.items : [...tree.entries.values()].map(({ value }) => value);
  return parts.reduce((sum, part) => sum + countOf(part), 1 + parts.length);
}

/** One tree of all pieces; undefined if a key occurs twice, which is a problem with two places. */
function join(pieces: readonly Piece[], { nodes }: Layout): Mapping | undefined {
  const [head, ...others] = pieces;
  const pipeline = head?.tree.entries.get('pipeline');
  const last = others[nodes.length - 1];
  if (!head || !pipeline || !last || !others[0]) return undefined;
  if (pieces.reduce((sum, { values }) => sum + values, 0) > MAX_VALUES) return undefined;
  const ids = new Map<string, Entry>();
  for (const { tree } of others.slice(0, nodes.length)) {
    if (tree.entries.size !== 1) return undefined;
    for (const [id, entry] of tree.entries) {
      if (ids.has(id)) return undefined;
      ids.set(id, entry);
    }
  }
  const range = { ...others[0].tree.range, end: last.tree.range.end };
  const value: Mapping = { kind: 'map', entries: ids, range: range };
  const entries = new Map([...head.tree.entries, ['pipeline', { ...pipeline, value }]] as const);
  const tail = others[nodes.length]?.tree;
  for (const [key, entry] of tail?.entries ?? []) {
    if (entries.has(key)) return undefined;
    entries.set(key, entry);
  }
  return { ...head.tree, range: { ...head.tree.range, end: (tail ?? value).range.end }, entries };
}
