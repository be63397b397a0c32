// A catalog with a test's plugin objects in addition to the built-in ones, with the same checks as `plugins:` of a profile.

import { createCompiler } from '../core/catalog/ajv.ts';
import type { Catalog } from '../core/catalog/catalog.ts';
import { checkPlugin } from '../core/catalog/third-party.ts';
import type { Validate } from '../core/catalog/validator.ts';

const ORIGIN = 'the test';

/** `plugins` are objects as exported by a module: `{ use, schema, start }` or `{ use, schema, create }`. */
export function withPlugins(catalog: Catalog, plugins: readonly object[]): Catalog {
  if (plugins.length === 0) return catalog;
  const compiler = createCompiler();
  const own = new Map(plugins.map((plugin) => checkPlugin(plugin, ORIGIN)).map((checked) => [checked.use, checked]));
  const validators = new Map<string, Promise<Validate>>();
  const wrap = (inner: Catalog): Catalog => ({
    ...inner,
    entries: [
      ...inner.entries.filter(({ use }) => !own.has(use)),
      ...[...own.keys()].map((use) => ({ use, origin: ORIGIN })),
    ].sort((a, b) => (a.use < b.use ? -1 : 1)),
    has: (use) => own.has(use) || inner.has(use),
    schema: (use) => own.get(use)?.schema ?? inner.schema(use),
    revision: (use) => (own.has(use) ? '' : inner.revision(use)),
    validator(use) {
      const found = own.get(use);
      if (!found) return inner.validator(use);
      const { examples: _examples, ...schema } = found.schema;
      const validator = validators.get(use) ?? compiler.compile(schema, true);
      validators.set(use, validator);
      return validator;
    },
    async node(use) {
      const plugin = own.get(use)?.plugin;
      if (!plugin) return inner.node(use);
      if ('start' in plugin) return plugin;
      throw new Error(`${use} is a parser, not a node.`);
    },
    async parser(use) {
      const plugin = own.get(use)?.plugin;
      if (!plugin) return inner.parser(use);
      if ('create' in plugin) return plugin;
      throw new Error(`${use} is not a parser.`);
    },
    async extend(sources) {
      const { catalog: extended, failures } = await inner.extend(sources);
      return { catalog: extended === inner ? wrapped : wrap(extended), failures };
    },
  });
  const wrapped = wrap(catalog);
  return wrapped;
}
