// Checks the options of a plugin or a parser by its schema: coerces, validates and fills them.

import { closest, orElse } from '../../base/closest.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { findParser, isParser, parserName, parserNames } from '../../catalog/parsers.ts';
import type { Problem } from '../../contract/problems.ts';
import type { OptionSchema, PluginSchema } from '../../contract/schema.ts';
import { quoted, shown } from '../phrasing.ts';
import type { NodeSpec } from '../profile.ts';
import { type Mapping, problem, type SourceRange, type Tree, toValue } from '../source/tree.ts';
import { coerce } from '../values/coerce.ts';
import { type Filled, fill } from '../values/fill.ts';
import { rename } from '../values/renamed.ts';
import { type Secrets, secretsOf } from '../values/secrets.ts';
import { explain } from './violations.ts';

export interface CheckedOptions {
  /** undefined if the plugin or its schema is unusable; `problems` has the reason. */
  readonly schema: PluginSchema | undefined;
  readonly filled: Filled;
  readonly problems: readonly Problem[];
  readonly secrets: Secrets;
}

/** `tree` holds only the options, without `use`. `at` is the place for problems about missing options. */
export async function checkOptions(
  use: string,
  tree: Tree,
  catalog: Catalog,
  at: SourceRange,
): Promise<CheckedOptions> {
  const unusable = (problems: readonly Problem[]): CheckedOptions => ({
    schema: undefined,
    filled: { options: {}, problems: [], marks: [], parse: undefined },
    problems,
    secrets: secretsOf(tree, undefined),
  });
  const schema = catalog.schema(use);
  if (!schema) return unusable([problem('unknown-use', at, unknownUse(use, catalog))]);
  try {
    const validate = await catalog.validator(use);
    const checked = checkAgainst(schema, tree, validate, use, at);
    return { ...checked, problems: otherScheme(checked.filled, checked.problems, catalog), schema };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return unusable([problem('bad-plugin', at, `The schema of ${use} is wrong: ${why}.`)]);
  }
}

function checkAgainst(
  schema: PluginSchema,
  tree: Tree,
  validate: Awaited<ReturnType<Catalog['validator']>>,
  use: string,
  at: SourceRange,
): Omit<CheckedOptions, 'schema'> {
  const root = rootOf(schema);
  const renamed = rename(tree, root);
  const typed = coerce(renamed.tree, root);
  const found = explain(validate(toValue(typed.tree)), typed.tree, root, { owner: use, noun: 'option', at });
  const filled = fill(typed.tree, root, at, found.bad);
  const problems = [...renamed.problems, ...typed.problems, ...found.problems, ...filled.problems];
  return { filled, problems, secrets: secretsOf(typed.tree, root) };
}

/** Returns the same object each time, so that caches by schema work. */
function rootOf(schema: PluginSchema): OptionSchema {
  const known = roots.get(schema);
  if (known) return known;
  const { examples: _examples, ...root } = schema;
  roots.set(schema, root);
  return root;
}

const roots = new WeakMap<PluginSchema, OptionSchema>();

export interface CheckedParse {
  readonly parse: NodeSpec['parse'];
  readonly problems: readonly Problem[];
  readonly secrets: Secrets;
}

/** `parse: mjpeg` or `parse: {use: mjpeg, max_frame: 4MiB}`. */
export async function checkParse(tree: Tree, catalog: Catalog): Promise<CheckedParse> {
  const wrong = (...problems: Problem[]): CheckedParse => ({
    parse: undefined,
    problems,
    secrets: secretsOf(tree, { type: 'string', properties: { use: { type: 'string' } } }),
  });
  if (tree.kind === 'list' || (tree.kind === 'leaf' && tree.poisoned)) return wrong();
  const named = tree.kind === 'map' ? tree.entries.get('use')?.value : tree;
  if (!named)
    return wrong(problem('missing-option', tree.range, 'parse needs "use": the name of a parser, such as mjpeg.'));
  if (named.kind !== 'leaf' || typeof named.value !== 'string') {
    return wrong(
      problem('wrong-type', named.range, `parse: ${shown(named)} is not the name of a parser, such as mjpeg.`),
    );
  }
  if (named.poisoned) return wrong();
  const use = findParser(catalog, named.value);
  if (use === undefined) {
    const names = parserNames(catalog);
    const hint = orElse(closest(named.value, names));
    return wrong(
      problem('unknown-use', named.range, `There is no parser "${named.value}"${hint}${listed(names, hint)}`),
    );
  }
  const range = named.range;
  const options: Mapping =
    tree.kind === 'map'
      ? { ...tree, entries: new Map([...tree.entries].filter(([key]) => key !== 'use')) }
      : { kind: 'map', entries: new Map(), range: range };
  const checked = await checkOptions(use, options, catalog, range);
  return { parse: { use, options: checked.filled.options }, problems: checked.problems, secrets: checked.secrets };
}

/** The message for a `use` that is not a node plugin, with the probably intended one. */
export function unknownUse(use: string, catalog: Catalog): string {
  if (isParser(catalog.schema(use))) {
    return `${use} is a parser, not a node: name it in a source, as "parse: ${parserName(catalog, use)}".`;
  }
  const uses = catalog.entries.map((entry) => entry.use).filter((candidate) => !isParser(catalog.schema(candidate)));
  const [kind, name = kind] = use.toLowerCase().split('/');
  const called = (candidate: string): boolean => {
    const aliases = catalog.schema(candidate)?.aliases ?? [];
    return aliases.includes(use.toLowerCase()) || (name !== undefined && aliases.includes(name));
  };
  const alias = uses.filter(called).sort((a, b) => Number(b.startsWith(`${kind}/`)) - Number(a.startsWith(`${kind}/`)));
  const [intended] = alias;
  if (
    intended !== undefined &&
    (uses.every((other) => other.split('/')[1] !== name) || intended.startsWith(`${kind}/`))
  ) {
    return `There is no plugin "${use}"; did you mean "${intended}" (${lowerFirst(catalog.schema(intended)?.summary ?? '')})?`;
  }
  // Often the kind is missing or wrong.
  const sameName = uses.filter((candidate) => candidate.split('/')[1] === name);
  if (sameName.length > 0)
    return `There is no plugin "${use}"; did you mean ${quoted([...new Set([...sameName, ...alias])])}?`;
  const ofKind = uses
    .filter((candidate) => candidate.startsWith(`${kind}/`))
    .map((candidate) => candidate.slice(`${kind}/`.length));
  const near = use.includes('/') ? closest(name ?? '', ofKind) : undefined;
  const hint = orElse(near ? `${kind}/${near}` : ofKind.length > 0 ? undefined : closest(use, uses));
  return `There is no plugin "${use}"${hint}${hint === '.' ? ' "camd plugins" lists them all.' : ''}`;
}

const lowerFirst = (text: string): string => `${text.charAt(0).toLowerCase()}${text.slice(1)}`;

/** Adds a hint to URLs whose scheme belongs to another plugin. */
function otherScheme({ marks }: Filled, problems: readonly Problem[], catalog: Catalog): Problem[] {
  return problems.map((found) => {
    const mark = marks.find(
      ({ range, keywords }) =>
        keywords.format?.endsWith('-url') && range.line === found.place.line && range.column === found.place.column,
    );
    const scheme = found.code === 'wrong-value' ? /^([a-z0-9]+):\/\//.exec(mark?.text ?? '')?.[1] : undefined;
    const use = scheme && catalog.entries.find((entry) => catalog.schema(entry.use)?.aliases?.includes(scheme))?.use;
    return use
      ? {
          ...found,
          message: `${found.message} Write use: ${use} for ${scheme}:// URLs; "camd plugins ${use}" shows how.`,
        }
      : found;
  });
}

const listed = (names: readonly string[], hint: string): string =>
  hint === '.' && names.length > 0 ? ` There are ${names.join(', ')}.` : '';
