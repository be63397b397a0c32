// Loads the plugin schemas in schemas/, sorted by `use`.

import { readFileSync } from 'node:fs';
import type { OptionSchema, PluginSchema } from '../../core/contract/schema.ts';
import { schemaFiles } from './types.ts';

export function pluginSchemas(): PluginSchema[] {
  // test/schemas.test.ts checks their shape.
  return schemaFiles().map((path) => JSON.parse(readFileSync(path, 'utf8')) as PluginSchema);
}

/** The top-level keys of a profile. */
export function baseSchema(): OptionSchema {
  return JSON.parse(readFileSync('schemas/profile.base.schema.json', 'utf8')) as OptionSchema;
}
