// Parses YAML text into a tree with places and reports every syntax problem.

import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import type { Problem } from '../../contract/problems.ts';
import { type Entry, problem, type Scalar, type SourceRange, type Tree } from './tree.ts';

/** Most values in one file, with aliases counted at each use; more is an alias bomb. */
const MAX_VALUES = 200_000;
const MAX_DEPTH = 100;
const MAX_PROBLEMS = 50;

export interface ParsedYaml {
  /** undefined for an empty file and for text that is not YAML. */
  readonly tree: Tree | undefined;
  readonly problems: readonly Problem[];
  /** Text of values that did not enter the tree because their key is a duplicate. */
  readonly dropped: readonly SourceRange[];
  /** True when the text is not valid YAML, so that no conclusions should be drawn from the parsed part. */
  readonly broken: boolean;
}

/** YAML 1.2, core schema, one document, no custom tags, no merge keys. Never throws. */
export function parseYaml(file: string, text: string): ParsedYaml {
  const lines = new LineCounter();
  const rangeAt = (start: number, end: number): SourceRange => {
    const { line, col } = lines.linePos(start);
    const stop = text.slice(start, end).search(/[\r\n]/);
    return {
      file,
      line: Math.max(line, 1),
      column: Math.max(col, 1),
      length: Math.max(stop < 0 ? end - start : stop, 1),
      start,
      end,
    };
  };
  let document: Document.Parsed;
  try {
    document = parseDocument(text, {
      lineCounter: lines,
      version: '1.2',
      schema: 'core',
      merge: false,
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'error',
    });
  } catch {
    return tooDeep(file, []);
  }
  const problems: Problem[] = document.errors
    // One typing mistake often breaks several grammar rules at the same place.
    .filter(({ pos }, index, all) => all.findIndex((other) => other.pos[0] === pos[0]) === index)
    .slice(0, MAX_PROBLEMS)
    .map((error) =>
      problem(
        'bad-yaml',
        rangeAt(error.pos[0], error.pos[1]),
        explain(error.code, error.message, lineAt(text, error.pos[0])),
      ),
    );
  const broken = problems.length > 0;
  for (const { code, pos } of document.warnings.slice(0, MAX_PROBLEMS)) {
    const tag = text.slice(pos[0], pos[1]).split(/\s/)[0] ?? '';
    const message =
      code === 'TAG_RESOLVE_FAILED'
        ? `The tag ${tag} is unknown; camd has no custom tags. For external values write \${env:NAME}, \${file:/path} or \${cred:NAME}.`
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
        problems.push(
          problem('bad-yaml', range, `The alias *${node.source} ${target ? 'contains itself' : 'has no anchor'}.`),
        );
        return { kind: 'leaf', value: null, range: range, poisoned: true };
      }
      return convert(target, range, depth + 1, range);
    }
    if (isScalar(node)) return { kind: 'leaf', value: scalar(node.value), range: alias ?? range };
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
    for (const pair of items) {
      const key = pair.key as Node | null;
      const keyRange = key ? rangeOf(key) : range;
      if (!key || !isScalar(key) || key.value === null) {
        problems.push(problem('bad-yaml', keyRange, 'A key must be a text.'));
        continue;
      }
      // As written, so that an id such as 007 stays unchanged.
      const name = typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
      const first = entries.get(name);
      if (first) {
        problems.push(
          problem('duplicate-id', keyRange, `"${name}" exists already; remove or rename one of them.`, first.key),
        );
        if (pair.value) dropped.push(rangeOf(pair.value as Node));
        continue;
      }
      const value = isNothing(pair.value) ? null : (pair.value as Node | null);
      entries.set(name, { key: keyRange, value: convert(value, keyRange, depth + 1, undefined) });
    }
    return { kind: 'map', entries, range: range };
  }

  const root = document.contents;
  const tree = root ? convert(root, rangeAt(0, Math.min(1, text.length)), 0, undefined) : undefined;
  return { tree: tooBig ? undefined : tree, problems, dropped };
}

/** Each alias with the last node before it that has its anchor, in one pass: the library searches anew for each alias. */
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

/** A missing value gets the place of its key. */
const isNothing = (node: unknown): boolean =>
  isScalar(node) && node.value === null && (!node.range || node.range[0] === node.range[1]);

function scalar(value: unknown): Scalar {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return value === null || value === undefined ? null : String(value);
}

/** The parser's message without quoted text, which might be a secret. */
function explain(code: string, message: string, line: string): string {
  // In a flow map the "{" of an unquoted ${…} starts another map.
  if (/[{[].*[^"'\w]\$\{/.test(line)) return 'Inside {…} and […] a value with ${…} must be in quotes: "${env:NAME}".';
  if (code === 'MULTIPLE_DOCS') return 'A profile is one YAML document: remove the line "---".';
  if (code === 'TAB_AS_INDENT') return 'YAML is indented with spaces: replace the tab.';
  if (code === 'MULTILINE_IMPLICIT_KEY' || code === 'MISSING_CHAR') {
    return `This is not YAML: ${clean(message)}. Look for a missing colon, comma, quote or bracket.`;
  }
  if (code === 'BAD_INDENT') return `This is not YAML: ${clean(message)}. Check the indentation.`;
  return `This is not YAML: ${clean(message)}.`;
}

function lineAt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  // Enough for a line written by a person; a longer one would only slow the pattern above.
  return text.slice(start, start + 400).split('\n', 1)[0] ?? '';
}

const clean = (message: string): string =>
  (message.split(/: ["'[{]|\n/)[0] ?? '').replaceAll(/"[^"]{2,}"|'[^']{2,}'/g, 'a value').replace(/[.:\s]+$/, '');
