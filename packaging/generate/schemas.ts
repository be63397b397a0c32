// The plugins' schemas as they stand in schemas/, sorted by `use`.

import { readFileSync } from 'node:fs';
import type { PluginSchema } from '../../core/schema.ts';
import { schemaFiles } from './types.ts';

export function pluginSchemas(): PluginSchema[] {
  // Their shape is checked by test/schemas.test.ts.
  return schemaFiles().map((path) => JSON.parse(readFileSync(path, 'utf8')) as PluginSchema);
}
