// The interface of the plugin catalog; core/catalog/create.ts implements it.

import type { NodePlugin, ParserPlugin } from '../contract/plugin.ts';
import type { OptionSchema, PluginSchema } from '../contract/schema.ts';
import type { Validate } from './validator.ts';

export const BUILT_IN = 'builtin';

export interface PluginEntry {
  readonly use: string;
  /** BUILT_IN, or the package or file as the profile names it under `plugins:`. */
  readonly origin: string;
}

/** An item of `plugins:` and the absolute folder against which it is resolved. */
export interface PluginSource {
  readonly specifier: string;
  readonly folder: string;
}

/** A source that could not be used, by its index; the sentence is for the user. */
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
  /** Another text when the code of the plugin is another: a module that was changed on disk. */
  revision(use: string): string;
  /** The structural check of its options; compiled when first asked for. Rejects when there is no such plugin. */
  validator(use: string): Promise<Validate>;
  /** The check of a profile's own keys, and the schema behind it. */
  readonly base: { schema(): OptionSchema; validator(): Promise<Validate> };
  /** The plugin itself. Rejects when there is none, when it is a parser, or when its module does not load. */
  node(use: string): Promise<NodePlugin>;
  parser(use: string): Promise<ParserPlugin>;
  /** This catalog with the plugins that packages and local modules bring. */
  extend(sources: readonly PluginSource[]): Promise<{ catalog: Catalog; failures: readonly PluginFailure[] }>;
}
