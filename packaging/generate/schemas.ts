// Loads the plugin schemas in schemas/, sorted by `use`.

import { readdirSync, readFileSync } from 'node:fs';
import type { OptionSchema, PluginSchema } from '../../core/contract/schema.ts';

/** Every plugin's schema, sorted. */
export function schemaFiles(): string[] {
  return readdirSync('schemas', { recursive: true })
    .map((path) => `schemas/${String(path)}`)
    .filter((path) => path.split('/').length === 3 && path.endsWith('.schema.json'))
    .sort();
}

export function pluginSchemas(): PluginSchema[] {
  // test/schemas.test.ts checks their shape.
  return schemaFiles().map((path) => JSON.parse(readFileSync(path, 'utf8')) as PluginSchema);
}

/** The top-level keys of a profile. */
export function baseSchema(): OptionSchema {
  return JSON.parse(readFileSync('schemas/profile.base.schema.json', 'utf8')) as OptionSchema;
}
