// The plugin catalog: maps `use` to schema, validator and module, for built-in and third-party plugins.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ownPackage } from '../base/package.ts';
import type { NodePlugin, ParserPlugin, PluginList } from '../contract/plugin.ts';
import type { OptionSchema, PluginSchema } from '../contract/schema.ts';
import { type Compiler, createCompiler } from './ajv.ts';
import { BUILT_IN, type Catalog } from './catalog.ts';
import { loadPlugins } from './third-party.ts';
import type { Validate } from './validator.ts';

interface Item {
  readonly origin: string;
  readonly revision: string;
  schema(): PluginSchema;
  load(): Promise<NodePlugin | ParserPlugin>;
}

const catalogs = new WeakMap<PluginList, Catalog>();

/**
 * `builtins` is passed in at start: the core has no list of its own. The same list gives the same catalog, so that a process compiles
 * each schema once.
 */
export function createCatalog(builtins: PluginList): Catalog {
  const found = catalogs.get(builtins) ?? newCatalog(builtins);
  catalogs.set(builtins, found);
  return found;
}

function newCatalog(builtins: PluginList): Catalog {
  const { folder, built } = ownPackage();
  const compiler = createCompiler();
  const items = new Map<string, Item>(
    Object.entries(builtins).map(([use, load]) => [
      use,
      {
        origin: BUILT_IN,
        revision: '',
        schema: () => readJson(join(folder, 'schemas', `${use}.schema.json`)) as PluginSchema,
        load: async () => (await load()).default,
      },
    ]),
  );
  const compiled = built ? join(folder, 'dist', 'validators') : undefined;
  const schema = remember(() => readJson(join(folder, 'schemas', 'profile.base.schema.json')) as OptionSchema);
  const base = {
    schema,
    validator: remember(() => validatorOf('profile.base', schema, BUILT_IN, compiler, compiled)),
  };
  return catalogOf(items, base, compiler, compiled);
}

function catalogOf(
  items: ReadonlyMap<string, Item>,
  base: Catalog['base'],
  compiler: Compiler,
  compiled: string | undefined,
): Catalog {
  const schemas = new Map<string, PluginSchema>();
  const validators = new Map<string, Promise<Validate>>();

  const plugins = new Map<string, Promise<NodePlugin | ParserPlugin>>();
  /** Cached: a large profile requests the same few plugins a thousand times, and an import costs time even if the module is loaded. */
  const plugin = (use: string): Promise<NodePlugin | ParserPlugin> => {
    const found = plugins.get(use);
    if (found) return found;
    const loading = item(use).load();
    plugins.set(use, loading);
    loading.catch(() => plugins.delete(use));
    return loading;
  };
  const item = (use: string): Item => {
    const found = items.get(use);
    if (!found) throw new Error(`There is no plugin ${use}.`);
    return found;
  };
  const schema = (use: string): PluginSchema => {
    const found = schemas.get(use) ?? item(use).schema();
    schemas.set(use, found);
    return found;
  };
  return {
    entries: [...items].map(([use, { origin }]) => ({ use, origin })).sort((a, b) => (a.use < b.use ? -1 : 1)),
    has: (use) => items.has(use),
    schema: (use) => (items.has(use) ? schema(use) : undefined),
    revision: (use) => items.get(use)?.revision ?? '',
    async validator(use) {
      const { origin } = item(use);
      const found = validators.get(use) ?? validatorOf(use, () => bare(schema(use)), origin, compiler, compiled);
      validators.set(use, found);
      return found;
    },
    base,
    async node(use) {
      const found = await plugin(use);
      if ('start' in found) return found;
      throw new Error(`${use} is a parser, not a node.`);
    },
    async parser(use) {
      const found = await plugin(use);
      if ('create' in found) return found;
      throw new Error(`${use} is not a parser.`);
    },
    async extend(sources) {
      if (sources.length === 0) return { catalog: this, failures: [] };
      const loaded = await loadPlugins(sources, (use) => items.has(use), compiler);
      const all = new Map(items);
      for (const { use, origin, revision, schema, plugin } of loaded.plugins) {
        all.set(use, { origin, revision, schema: () => schema, load: async () => plugin });
      }
      return { catalog: catalogOf(all, base, compiler, compiled), failures: loaded.failures };
    },
  };
}

/** Loads the validator compiled by the build if there is one; otherwise compiles it with ajv. */
async function validatorOf(
  use: string,
  schema: () => OptionSchema,
  origin: string,
  compiler: Compiler,
  compiled: string | undefined,
): Promise<Validate> {
  if (compiled !== undefined && origin === BUILT_IN) {
    const module = await import(pathToFileURL(join(compiled, `${use}.cjs`)).href).then(
      (found: { validate?: Validate }) => found,
      () => undefined,
    );
    if (module?.validate) return module.validate;
  }
  return compiler.compile(schema(), origin !== BUILT_IN);
}

/** Examples are whole profiles and irrelevant to a validator. */
function bare({ examples: _examples, ...schema }: PluginSchema): OptionSchema {
  return schema;
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

function remember<T>(make: () => T): () => T {
  let cached: { readonly value: T } | undefined;
  return () => {
    cached ??= { value: make() };
    return cached.value;
  };
}
