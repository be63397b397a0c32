// Parses YAML text into a tree with places and reports all syntax problems.

import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Node, parseDocument, visit } from 'yaml';
import type { Problem } from '../../contract/problems.ts';
import { mistakeOf } from './mistakes/mistake.ts';
import type { Mistake } from './mistakes/rule.ts';
import { besideMistake, keyMistake, MERGE, plainMistake, slipOf, spaceMistake } from './mistakes/tacit.ts';
import { type Entry, problem, type Scalar, type SourceRange, type Tree } from './tree.ts';

/** Most values in one file, with aliases counted at each use; more are treated as an alias bomb. */
const MAX_VALUES = 200_000;
const MAX_DEPTH = 100;
const MAX_PROBLEMS = 50;
/** Most characters that are parsed again to find mistakes after the first one. */
const MAX_REPARSED = 1024 * 1024;

export interface ParsedYaml {
  /** undefined for an empty file and for text that is not YAML. */
  readonly tree: Tree | undefined;
  readonly problems: readonly Problem[];
  /** Ranges of values that are not in the tree because their key is a duplicate. */
  readonly dropped: readonly SourceRange[];
  /** True if the text is not valid YAML, so that no conclusions should be drawn from the parsed part. */
  readonly broken: boolean;
}

/** YAML 1.2, core schema, one document, no custom tags, no merge keys. Never throws. */
export function parseYaml(file: string, text: string): ParsedYaml {
  const position = lineCounter(text);
  const rangeAt = (start: number, end: number): SourceRange => {
    const { line, column } = position(start);
    const stop = text.slice(start, end).search(/[\r\n]/);
    return {
      file,
      line,
      column,
      length: Math.max(stop < 0 ? end - start : stop, 1),
      start,
      end,
    };
  };
  let document: Document.Parsed;
  try {
    document = parse(text);
  } catch {
    return tooDeep(file, []);
  }
  const problems: Problem[] = mistakes(text, document).map(({ start, end, message }) =>
    problem('bad-yaml', rangeAt(start, end), message),
  );
  const broken = problems.length > 0;
  for (const { code, pos } of document.warnings.slice(0, MAX_PROBLEMS)) {
    const tag = text.slice(pos[0], pos[1]).split(/\s/)[0] ?? '';
    const message =
      code === 'TAG_RESOLVE_FAILED'
        ? `The tag ${tag} is unknown; camd has no tags. Put a text that begins with "!" in quotes; for external values write \${env:NAME}, \${file:/path} or \${cred:NAME}.`
        : 'The file is not valid YAML 1.2.';
    problems.push(problem('bad-yaml', rangeAt(pos[0], pos[1]), message));
  }
  if (document.directives.yaml.explicit && document.directives.yaml.version !== '1.2') {
    problems.push(problem('bad-yaml', rangeAt(0, 1), 'Profiles are always YAML 1.2: remove the %YAML directive.'));
  }
  if (broken || document.contents === null) return { tree: undefined, problems, broken, dropped: [] };
  let grown: ReturnType<typeof grow>;
  try {
    grown = grow(document, text, rangeAt);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return tooDeep(file, problems);
  }
  return { ...grown, problems: [...problems, ...grown.problems], broken: grown.tree === undefined };
}

/** Line and column of an offset, both from 1. The parser's own counter misses lines inside a broken value. */
function lineCounter(text: string): (offset: number) => { line: number; column: number } {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    for (let high = starts.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

function parse(text: string): Document.Parsed {
  return parseDocument(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
  });
}

/** One mistake breaks the grammar in many places, so each is removed from the text before the search for the next one. */
function mistakes(text: string, document: Document.Parsed): Mistake[] {
  const found: Mistake[] = [];
  const lines = new Set<number>();
  let current = text;
  let errors = document.errors;
  while (errors.length > 0) {
    const [first] = [...errors].sort((a, b) => a.pos[0] - b.pos[0]);
    if (!first) break;
    const mistake = mistakeOf(current, { code: first.code, message: first.message, at: first.pos[0] });
    const line = text.lastIndexOf('\n', mistake.start);
    // A further error on the same line is a consequence of the same mistake.
    if (lines.has(line)) break;
    lines.add(line);
    found.push(mistake);
    const parsed = found.length * text.length;
    if (mistake.corrected === undefined || found.length >= MAX_PROBLEMS || parsed > MAX_REPARSED) break;
    current = mistake.corrected;
    try {
      errors = parse(current).errors;
    } catch {
      break;
    }
  }
  return found;
}

/** The library recurses: brackets nested some thousand levels deep overflow its stack. */
function tooDeep(file: string, problems: readonly Problem[]): ParsedYaml {
  const deep = problem('bad-yaml', { file, line: 1, column: 1, length: 1 }, 'The file is nested too deeply.');
  return { tree: undefined, broken: true, problems: [...problems, deep], dropped: [] };
}

function grow(document: Document.Parsed, text: string, rangeAt: (start: number, end: number) => SourceRange) {
  const problems: Problem[] = [];
  const dropped: SourceRange[] = [];
  const targets = anchored(document);
  const open = new Set<Node>();
  let count = 0;
  let tooBig = false;
  let whole = true;

  const rangeOf = (node: Node): SourceRange => {
    const [start, end] = node.range ?? [0, 1, 1];
    return rangeAt(start, Math.max(end, start));
  };

  function convert(
    node: Node | null | undefined,
    where: SourceRange,
    depth: number,
    alias: SourceRange | undefined,
  ): Tree {
    count += 1;
    if (tooBig || !node) return { kind: 'leaf', value: null, range: where };
    const range = rangeOf(node);
    if (count > MAX_VALUES || depth > MAX_DEPTH) {
      tooBig = true;
      const what = depth > MAX_DEPTH ? `nested more than ${MAX_DEPTH} deep` : `more than ${MAX_VALUES} values`;
      problems.push(problem('bad-yaml', range, `The file is too large: ${what}, counting each use of an alias.`));
      return { kind: 'leaf', value: null, range: range };
    }
    if (isAlias(node)) {
      const target = targets.get(node);
      if (!target || open.has(target)) {
        // The name might be a secret that begins with an asterisk.
        const message = target
          ? `The alias *${node.source} contains itself.`
          : 'No anchor (&…) above has the name of this alias (*…): name a node without the star, and put a text that begins with "*" in quotes.';
        problems.push(problem('bad-yaml', range, message));
        return { kind: 'leaf', value: null, range: range, poisoned: true };
      }
      return convert(target, range, depth + 1, range);
    }
    if (isScalar(node)) {
      const slip = node.type === 'PLAIN' ? plainMistake(node.source ?? '') : undefined;
      const { source } = node;
      const isText = typeof node.value === 'string' || node.value === null || source === undefined;
      const plain = isText ? {} : { plain: source };
      const cut = node.type === 'PLAIN' && /^\S/.test(node.comment ?? '') ? { cut: lineEnd(text, range.end) } : {};
      if (!slip) return { kind: 'leaf', value: scalar(node.value), range: alias ?? range, ...plain, ...cut };
      problems.push(problem('bad-yaml', range, slip));
      return { kind: 'leaf', value: null, range, poisoned: true };
    }
    open.add(node);
    const tree = isMap(node)
      ? mapping(node.items, range, depth)
      : isSeq(node)
        ? list(node.items, range, depth)
        : undefined;
    open.delete(node);
    return tree ?? { kind: 'leaf', value: null, range: range };
  }

  function list(items: readonly unknown[], range: SourceRange, depth: number): Tree {
    return {
      kind: 'list',
      range: range,
      items: items.map((item) => convert(item as Node | null, range, depth + 1, undefined)),
    };
  }

  function mapping(items: readonly { key: unknown; value: unknown }[], range: SourceRange, depth: number): Tree {
    const entries = new Map<string, Entry>();
    for (const [index, pair] of items.entries()) {
      const key = pair.key as Node | null;
      const keyRange = key ? rangeOf(key) : range;
      if (!key || !isScalar(key) || key.value === null) {
        whole = false;
        problems.push(problem('bad-yaml', keyRange, keyMistake(isMap(key) || isSeq(key), pair.value)));
        continue;
      }
      // As written, so that an id such as 007 stays unchanged.
      const written = typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
      const space = spaceMistake(written);
      if (space !== undefined) {
        whole = false;
        problems.push(problem('bad-yaml', keyRange, space));
        continue;
      }
      const nothing = pair.value === null || isNothing(pair.value);
      const slip = slipOf(written, nothing, pair.value);
      const name = slip?.key ?? written;
      if (slip) problems.push(problem('bad-yaml', keyRange, slip.message));
      if (name === MERGE) continue;
      const above = items[index - 1];
      if (name === 'use' && isScalar(above?.key) && isNothing(above.value)) {
        whole = false;
        problems.push(problem('bad-yaml', keyRange, besideMistake(String(above.key.value))));
      }
      const first = entries.get(name);
      if (first) {
        problems.push(
          problem('duplicate-id', keyRange, `"${name}" exists already; remove or rename one of them.`, first.key),
        );
        if (pair.value) dropped.push(rangeOf(pair.value as Node));
        continue;
      }
      if (slip?.value === 'lost') {
        entries.set(name, { key: keyRange, value: { kind: 'leaf', value: null, range: keyRange, poisoned: true } });
        continue;
      }
      const value = nothing ? null : (pair.value as Node | null);
      entries.set(name, { key: keyRange, value: convert(value, keyRange, depth + 1, undefined) });
    }
    return { kind: 'map', entries, range: range };
  }

  const root = document.contents;
  const tree = root ? convert(root, rangeAt(0, Math.min(1, text.length)), 0, undefined) : undefined;
  return { tree: tooBig || !whole ? undefined : tree, problems, dropped };
}

/** Maps each alias to the last node before it that has its anchor, in one pass: the library searches again for each alias. */
function anchored(document: Document.Parsed): Map<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Alias(_key, alias) {
      const target = anchors.get(alias.source);
      if (target) targets.set(alias, target);
    },
    Value(_key, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

/** A missing value, which gets the place of its key. */
const isNothing = (node: unknown): boolean =>
  isScalar(node) && node.value === null && (!node.range || node.range[0] === node.range[1]);

function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at < 0 ? text.length : at;
}

function scalar(value: unknown): Scalar {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return value === null || value === undefined ? null : String(value);
}
