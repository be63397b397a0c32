// The tree of a YAML file: values with the place of every key and leaf.

import type { Place, Problem, ProblemCode } from '../../contract/problems.ts';

/** A place with the offsets of its text in the file, for masking. */
export interface SourceRange extends Place {
  readonly start: number;
  readonly end: number;
}

export type Scalar = string | number | boolean | null;

export interface Leaf {
  readonly kind: 'leaf';
  readonly value: Scalar;
  readonly range: SourceRange;
  /** The text as written, if `value` was interpolated. Messages show this and never the value. */
  readonly written?: string;
  /** The text in the file, if YAML has read it as a number or a boolean: 007, 0x10, 1.0. */
  readonly plain?: string;
  /** End of a comment after the value without a space after its "#"; it may be intended as part of the value. */
  readonly cut?: number;
  /** A problem with this leaf was reported; further problems about its value are suppressed. */
  readonly poisoned?: boolean;
}

export interface List {
  readonly kind: 'list';
  readonly items: readonly Tree[];
  readonly range: SourceRange;
}

export interface Entry {
  readonly key: SourceRange;
  readonly value: Tree;
}

export interface Mapping {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Entry>;
  readonly range: SourceRange;
}

export type Tree = Leaf | List | Mapping;

/** The plain value. Uses own properties only, so that a key "__proto__" is an ordinary key. */
export function toValue(tree: Tree): unknown {
  if (tree.kind === 'leaf') return tree.value;
  if (tree.kind === 'list') return tree.items.map(toValue);
  return Object.fromEntries([...tree.entries].map(([key, entry]) => [key, toValue(entry.value)]));
}

/** A value without text, such as a default, as a tree whose ranges all point to one place. */
export function fromValue(value: unknown, range: SourceRange): Tree {
  if (Array.isArray(value)) return { kind: 'list', items: value.map((item) => fromValue(item, range)), range: range };
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]): [string, Entry] => [
      key,
      { key: range, value: fromValue(item, range) },
    ]);
    return { kind: 'map', entries: new Map(entries), range: range };
  }
  const scalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
  return { kind: 'leaf', value: scalar, range: range };
}

/** The key (undefined for list items and the root) and the value at a JSON Pointer. */
export function locate(root: Tree, pointer: string): { key: SourceRange | undefined; tree: Tree } | undefined {
  let key: SourceRange | undefined;
  let tree: Tree = root;
  for (const step of pointerSteps(pointer)) {
    if (tree.kind === 'map') {
      const entry: Entry | undefined = tree.entries.get(step);
      if (!entry) return undefined;
      key = entry.key;
      tree = entry.value;
    } else if (tree.kind === 'list') {
      const item: Tree | undefined = tree.items[Number(step)];
      if (!item) return undefined;
      key = undefined;
      tree = item;
    } else return undefined;
  }
  return { key, tree };
}

export const pointerSteps = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

export function pointerTo(parent: string, step: string | number): string {
  // Nearly every key is a plain word.
  if (typeof step === 'number' || !/[~/]/.test(step)) return `${parent}/${step}`;
  return `${parent}/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** JSON Pointers to the leaves whose problems are suppressed. */
export function poisonedPaths(tree: Tree): string[] {
  const paths: string[] = [];
  const walk = (value: Tree, path: () => string): void => {
    if (value.kind === 'leaf') {
      if (value.poisoned) paths.push(path());
    } else if (value.kind === 'list') {
      for (const [index, item] of value.items.entries()) walk(item, () => pointerTo(path(), index));
    } else for (const [key, entry] of value.entries) walk(entry.value, () => pointerTo(path(), key));
  };
  walk(tree, () => '');
  return paths;
}

export const entryOf = (tree: Tree | undefined, key: string): Entry | undefined =>
  tree?.kind === 'map' ? tree.entries.get(key) : undefined;

export const placeOf = ({ file, line, column, length }: Place): Place => ({ file, line, column, length });

const WARNINGS: ReadonlySet<ProblemCode> = new Set(['advice', 'deprecated', 'not-here']);

export const problem = (code: ProblemCode, at: Place, message: string, related?: Place): Problem => ({
  code,
  severity: WARNINGS.has(code) ? 'warning' : 'error',
  message,
  place: placeOf(at),
  ...(related ? { related: placeOf(related) } : {}),
});
