// Merges the options of the template into each node with `like: NAME`; the node's own options win. Pure.

import { closest, orElse } from '../../base/closest.ts';
import type { Place, Problem } from '../../contract/problems.ts';
import { merge } from './merge.ts';
import { type Entry, entryOf, type Mapping, placeOf, problem, type SourceRange, type Tree } from './tree.ts';

/** A node that uses a template. */
export interface TemplateUse {
  readonly node: string;
  readonly template: string;
  /** The range of the node's id. */
  readonly key: SourceRange;
  /** The node's own vars, which override those of the template. */
  readonly vars: Mapping | undefined;
  /** True for text of the template, which other nodes may share. */
  isShared(place: Place): boolean;
}

export interface Expanded {
  /** Nodes without `like` and `vars`; templates without their options. */
  readonly tree: Mapping;
  /** By node. */
  readonly uses: ReadonlyMap<string, TemplateUse>;
  readonly problems: readonly Problem[];
  /** Text of templates that no node uses; it was not checked. */
  readonly unchecked: readonly SourceRange[];
}

/** `file` is the profile itself: an included file may offer more templates than are used. */
export function expandTemplates(tree: Mapping, file: string): Expanded {
  const problems: Problem[] = [];
  const uses = new Map<string, TemplateUse>();
  const found = entryOf(tree, 'templates');
  const templates = found?.value.kind === 'map' ? found.value.entries : new Map<string, Entry>();
  const pipeline = entryOf(tree, 'pipeline');
  const used = new Set<string>();

  const nodes = pipeline?.value.kind === 'map' ? [...pipeline.value.entries] : [];
  const expanded = nodes.map(([id, entry]): [string, Entry] => {
    const like = entryOf(entry.value, 'like')?.value;
    if (!like || entry.value.kind !== 'map') return [id, entry];
    const template = named(like, templates, problems);
    if (template !== undefined) used.add(template.name);
    // The problem is already reported: further checks of this node make no sense.
    if (!template?.options) return [id, { ...entry, value: nothing(like.range) }];
    const whole = merge(template.options, entry.value);
    const vars = entryOf(whole, 'vars')?.value;
    if (vars && vars.kind !== 'map') {
      problems.push(problem('wrong-type', vars.range, '"vars" must be a map of names and values.'));
      return [id, { ...entry, value: nothing(vars.range) }];
    }
    const own = placesOf(entry);
    const isShared = (place: Place): boolean => !own.has(keyOf(place));
    uses.set(id, { node: id, template: template.name, key: entry.key, vars, isShared });
    return [id, { key: entry.key, value: without(whole, 'like', 'vars') }];
  });

  for (const [name, { key, value }] of templates) {
    const nested = entryOf(value, 'like');
    if (nested) problems.push(problem('wrong-value', nested.key, 'A template cannot be like another template.'));
    if (!used.has(name) && key.file === file) {
      problems.push(problem('advice', key, `No node uses the template "${name}".`));
    }
  }
  const hollow = [...templates].map(([name, entry]): [string, Entry] => [
    name,
    entry.value.kind === 'map' ? { ...entry, value: { ...entry.value, entries: new Map() } } : entry,
  ]);
  const entries = new Map(tree.entries);
  if (found?.value.kind === 'map') {
    entries.set('templates', { ...found, value: { ...found.value, entries: new Map(hollow) } });
  }
  if (pipeline?.value.kind === 'map') {
    entries.set('pipeline', { ...pipeline, value: { ...pipeline.value, entries: new Map(expanded) } });
  }
  const unchecked = [...templates].flatMap(([name, { value }]) => (used.has(name) ? [] : [value.range]));
  return { tree: { ...tree, entries }, uses, problems, unchecked };
}

interface Template {
  readonly name: string;
  /** undefined if it is not a map, which the schema of the profile reports. */
  readonly options: Mapping | undefined;
}

function named(like: Tree, templates: ReadonlyMap<string, Entry>, problems: Problem[]): Template | undefined {
  if (like.kind !== 'leaf' || typeof like.value !== 'string') {
    problems.push(problem('wrong-type', like.range, '"like" must be the name of a template, one of "templates".'));
    return undefined;
  }
  const name = like.value;
  const entry = templates.get(name);
  if (entry) return { name, options: entry.value.kind === 'map' ? entry.value : undefined };
  const names = [...templates.keys()];
  const hint = orElse(closest(name, names) ?? (names.length === 1 ? names[0] : undefined));
  const none = names.length === 0 ? ' The profile has no "templates".' : '';
  problems.push(problem('wrong-value', like.range, `like: there is no template "${name}"${hint}${none}`));
  return undefined;
}

function without(tree: Tree, ...keys: readonly string[]): Tree {
  if (tree.kind !== 'map') return tree;
  return { ...tree, entries: new Map([...tree.entries].filter(([key]) => !keys.includes(key))) };
}

const nothing = (range: SourceRange): Tree => ({ kind: 'leaf', value: null, range, poisoned: true });

const keyOf = ({ file, line, column }: Place): string => `${file}:${line}:${column}`;

/** Places of the node's own text. */
function placesOf({ key, value }: Entry, found = new Set<string>()): ReadonlySet<string> {
  found.add(keyOf(key));
  found.add(keyOf(value.range));
  if (value.kind === 'list') for (const item of value.items) placesOf({ key: item.range, value: item }, found);
  if (value.kind === 'map') for (const inner of value.entries.values()) placesOf(inner, found);
  return found;
}

/** Reports a problem in the text of a template once, for the first node that has it, and names that node. */
export function shareProblems(
  nodes: Iterable<{ readonly id: string; readonly problems: readonly Problem[] }>,
  uses: ReadonlyMap<string, TemplateUse>,
): Problem[] {
  const reported = new Set<string>();
  return [...nodes].flatMap(({ id, problems }) => {
    const use = uses.get(id);
    if (!use) return problems;
    const unreported = problems.filter(
      ({ code, place }) => !use.isShared(place) || !reported.has(`${code} ${keyOf(place)}`),
    );
    for (const { code, place } of unreported) reported.add(`${code} ${keyOf(place)}`);
    return unreported.map((found) =>
      use.isShared(found.place) && !found.related ? { ...found, related: placeOf(use.key) } : found,
    );
  });
}
