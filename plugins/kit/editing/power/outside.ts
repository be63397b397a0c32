// Values that a profile reads from outside of its texts: environment, secret files, credentials, by the place of their use. Pure.

import { entryOf, type Leaf, type Mapping, pointerTo, type Tree } from '../../../../core/profile/source/tree.ts';
import { parseTemplate } from '../../../../core/profile/values/template.ts';

/** "env:NAME", "file:/path", "cred:NAME". */
export type Outside = ReadonlySet<string>;

const textOf = ({ written, value }: Leaf): string => written ?? (typeof value === 'string' ? value : '');

/** All outside references in a tree, without following vars. */
export function allOutside(tree: Tree | undefined, found = new Set<string>()): Outside {
  if (!tree) return found;
  if (tree.kind === 'leaf') for (const reference of direct(tree)) found.add(reference);
  else if (tree.kind === 'list') for (const item of tree.items) allOutside(item, found);
  else for (const { value } of tree.entries.values()) allOutside(value, found);
  return found;
}

function direct(leaf: Leaf): string[] {
  const text = textOf(leaf);
  if (!text.includes('${')) return [];
  return parseTemplate(text).flatMap((part) => {
    if (part.is === 'env' || part.is === 'cred') return [`${part.is}:${part.name}`];
    return part.is === 'file' ? [`file:${part.path}`] : [];
  });
}

const varsIn = (leaf: Leaf): string[] =>
  parseTemplate(textOf(leaf)).flatMap((part) => (part.is === 'var' ? [part.name] : []));

/**
 * JSON Pointer → the outside references of the leaf there, directly or through vars; leaves without any are left out.
 * `merged` is the tree before templates were expanded: a name may refer to any of its `vars`.
 */
export function outsideByPlace(resolved: Mapping, merged: Mapping): ReadonlyMap<string, string> {
  const vars = new Map<string, Leaf[]>();
  collectVars(merged, vars);
  const reach = (leaf: Leaf, visited: ReadonlySet<string>): string[] => [
    ...direct(leaf),
    ...varsIn(leaf)
      .filter((name) => !visited.has(name))
      .flatMap((name) => (vars.get(name) ?? []).flatMap((value) => reach(value, new Set([...visited, name])))),
  ];
  const found = new Map<string, string>();
  const walk = (tree: Tree, pointer: string): void => {
    if (tree.kind === 'list') for (const [index, item] of tree.items.entries()) walk(item, pointerTo(pointer, index));
    else if (tree.kind === 'map') for (const [key, { value }] of tree.entries) walk(value, pointerTo(pointer, key));
    else {
      // Without `written` no reference was resolved, and a "${" in the value is literal.
      const taken = new Set(tree.written === undefined ? [] : reach(tree, new Set()));
      if (taken.size > 0) found.set(pointer, [...taken].sort().join(', '));
    }
  };
  for (const [key, { value }] of resolved.entries) if (key !== 'vars') walk(value, pointerTo('', key));
  return found;
}

/** The vars of the profile, of its templates and of its nodes. */
function collectVars(root: Mapping, found: Map<string, Leaf[]>): void {
  const add = (vars: Tree | undefined): void => {
    if (vars?.kind !== 'map') return;
    for (const [name, { value }] of vars.entries) {
      if (value.kind === 'leaf') found.set(name, [...(found.get(name) ?? []), value]);
    }
  };
  add(entryOf(root, 'vars')?.value);
  for (const part of ['templates', 'pipeline']) {
    const map = entryOf(root, part)?.value;
    if (map?.kind === 'map') for (const { value } of map.entries.values()) add(entryOf(value, 'vars')?.value);
  }
}
