// Checks the top-level keys of a profile: version, vars, templates, cameras, plugins, watch, control, log, memory, free_after.

import { dirname, resolve } from 'node:path';
import type { Catalog, PluginSource } from '../../catalog/catalog.ts';
import { isLocal } from '../../catalog/third-party.ts';
import type { Problem } from '../../contract/problems.ts';
import type { LogOptions } from '../profile.ts';
import { type Entry, entryOf, type Mapping, problem, type SourceRange, toValue } from '../source/tree.ts';
import { coerce } from '../values/coerce.ts';
import { fill } from '../values/fill.ts';
import { explain } from './violations.ts';

export interface Top {
  readonly watch: boolean;
  readonly control: string | false | undefined;
  readonly log: LogOptions;
  readonly memory: number | undefined;
  readonly freeAfter: number | undefined;
  /** Camera id → display name. */
  readonly cameras: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

/** `file` is the profile itself: missing keys are reported at its beginning. */
export async function checkTop(tree: Mapping, catalog: Catalog, file: string): Promise<Top> {
  const at: SourceRange = { file, line: 1, column: 1, length: 1, start: 0, end: 0 };
  const schema = catalog.base.schema();
  // Nodes are checked by the schemas of their plugins; only their number matters here.
  const typed = coerce(withHollowNodes(tree), schema);
  const validate = await catalog.base.validator();
  const found = explain(validate(toValue(typed.tree)), typed.tree, schema, { owner: 'the profile', noun: 'key', at });
  const own: Mapping = { ...tree, entries: typed.tree.kind === 'map' ? new Map(typed.tree.entries) : new Map() };
  const { options } = fill(without(own, 'pipeline'), schema, at, found.bad);
  const log = options.log as Partial<LogOptions> | undefined;
  const control = options.control;
  return {
    watch: options.watch === true,
    control: control === false || typeof control === 'string' ? control : undefined,
    log: { level: log?.level ?? 'info', format: log?.format ?? 'auto' },
    memory: typeof options.memory === 'number' ? options.memory : undefined,
    freeAfter: typeof options.free_after === 'number' ? options.free_after : undefined,
    cameras: new Map(
      Object.entries(options.cameras ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
    problems: [...typed.problems, ...found.problems],
  };
}

function withHollowNodes(tree: Mapping): Mapping {
  const pipeline = tree.entries.get('pipeline');
  if (pipeline?.value.kind !== 'map') return tree;
  const hollow = [...pipeline.value.entries].map(([id, { key }]): [string, Entry] => [
    id,
    { key, value: { kind: 'leaf', value: null, range: key } },
  ]);
  const value: Mapping = { ...pipeline.value, entries: new Map(hollow) };
  return { ...tree, entries: new Map([...tree.entries, ['pipeline', { ...pipeline, value }]]) };
}

function without(tree: Mapping, key: string): Mapping {
  return { ...tree, entries: new Map([...tree.entries].filter(([name]) => name !== key)) };
}

export interface PluginItem extends PluginSource {
  readonly range: SourceRange;
}

/** The items of `plugins:`; each is relative to the folder of the file that contains it. */
export function pluginItems(tree: Mapping): PluginItem[] {
  const list = entryOf(tree, 'plugins')?.value;
  if (list?.kind !== 'list') return [];
  return list.items.flatMap((item) =>
    item.kind === 'leaf' && typeof item.value === 'string' && item.value !== ''
      ? [{ specifier: item.value, folder: dirname(item.range.file), range: item.range }]
      : [],
  );
}

/** The built-in plugins and those of the profile, and the files of its local modules. */
export async function withPlugins(
  tree: Mapping,
  catalog: Catalog,
): Promise<{ catalog: Catalog; problems: Problem[]; files: string[] }> {
  const items = pluginItems(tree);
  const extended = await catalog.extend(items);
  const problems = extended.failures.flatMap(({ index, message }) => {
    const item = items[index];
    return item ? [problem('bad-plugin', item.range, message)] : [];
  });
  const local = items.filter(({ specifier }) => isLocal(specifier));
  return { catalog: extended.catalog, problems, files: local.map((item) => resolve(item.folder, item.specifier)) };
}
