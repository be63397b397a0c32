// Loads the plugin schemas in schemas/, sorted by `use`.

import { readFileSync } from 'node:fs';
import type { OptionSchema, PluginSchema } from '../../core/contract/schema.ts';
import { schemaFiles } from './types.ts';

export function pluginSchemas(): PluginSchema[] {
  // Their shape is checked by test/schemas.test.ts.
  return schemaFiles().map((path) => JSON.parse(readFileSync(path, 'utf8')) as PluginSchema);
}

/** The keys at the top of a profile. */
export function baseSchema(): OptionSchema {
  return JSON.parse(readFileSync('schemas/profile.base.schema.json', 'utf8')) as OptionSchema;
}
