// The interface of the plugin catalog; core/catalog/create.ts implements it.

import type { NodePlugin, ParserPlugin } from '../contract/plugin.ts';
import type { OptionSchema, PluginSchema } from '../contract/schema.ts';
import type { Validate } from './validator.ts';

export const BUILT_IN = 'builtin';

export interface PluginEntry {
  readonly use: string;
  /** BUILT_IN, or the package or file as written under `plugins:` in the profile. */
  readonly origin: string;
}

/** An item of `plugins:` and the absolute folder that it is relative to. */
export interface PluginSource {
  readonly specifier: string;
  readonly folder: string;
}

/** A source that could not be used, by its index; the message is a sentence for the user. */
export interface PluginFailure {
  readonly index: number;
  readonly message: string;
}

export interface Catalog {
  /** Every plugin, sorted by `use`. */
  readonly entries: readonly PluginEntry[];
  has(use: string): boolean;
  /** undefined if there is no such plugin. Read from disk on first use. */
  schema(use: string): PluginSchema | undefined;
  /** Changes when the code of the plugin changes: when a module was edited on disk. */
  revision(use: string): string;
  /** The structural check of the plugin's options; compiled on first use. Rejects if there is no such plugin. */
  validator(use: string): Promise<Validate>;
  /** The check of a profile's own keys, and its schema. */
  readonly base: { schema(): OptionSchema; validator(): Promise<Validate> };
  /** The plugin itself. Rejects if there is none, if it is a parser, or if its module does not load. */
  node(use: string): Promise<NodePlugin>;
  parser(use: string): Promise<ParserPlugin>;
  /** This catalog plus the plugins of packages and local modules. */
  extend(sources: readonly PluginSource[]): Promise<{ catalog: Catalog; failures: readonly PluginFailure[] }>;
}
