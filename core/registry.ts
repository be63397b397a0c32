// Which plugins there are: `use` → schema, validator and module, built in or brought by a profile. Knows no option.

import type { NodePlugin, ParserPlugin } from './plugin.ts';
import type { Validate } from './profile/validator.ts';
import type { PluginSchema } from './schema.ts';

/** Where a plugin comes from: `builtin`, or the package or file that the profile names under `plugins:`. */
export interface PluginEntry {
  readonly use: string;
  readonly origin: string;
}

/** An item of `plugins:` and the absolute folder against which it is resolved. */
export interface PluginSource {
  readonly specifier: string;
  readonly folder: string;
}

/** What became of each source that could not be used, by its index; the sentence is for the user. */
export interface PluginFailure {
  readonly index: number;
  readonly message: string;
}

export interface Catalog {
  /** Every plugin, sorted by `use`. */
  readonly entries: readonly PluginEntry[];
  has(use: string): boolean;
  /** undefined when there is no such plugin. Read from disk when first asked for. */
  schema(use: string): PluginSchema | undefined;
  /** The structural check of its options; compiled when first asked for. Rejects when there is no such plugin. */
  validator(use: string): Promise<Validate>;
  /** The plugin itself. Rejects when there is none, when it is a parser, or when its module does not load. */
  node(use: string): Promise<NodePlugin>;
  parser(use: string): Promise<ParserPlugin>;
  /** This catalog with the plugins that packages and local modules bring. */
  extend(sources: readonly PluginSource[]): Promise<{ catalog: Catalog; failures: readonly PluginFailure[] }>;
}

/** The built-in plugins. */
export function createCatalog(): Catalog {
  throw new Error('not yet');
}
