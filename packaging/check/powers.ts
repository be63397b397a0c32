// Checks that every option of every schema states who may change it from the console.

import { isFenced, unclassified } from '../../plugins/kit/editing/power/class.ts';
import { baseSchema, pluginSchemas } from '../generate/schemas.ts';

const ADVICE =
  'add "power": "none", or "machine" for power over the machine (commands, addresses, files, access), "path", or "target" for a server that it connects to';

export function powers(): string[] {
  const plugins = pluginSchemas().filter((schema) => !isFenced(schema));
  return [
    ...unclassified(baseSchema()).map((option) => `schemas/profile.base.schema.json: ${option}; ${ADVICE}`),
    ...plugins.flatMap((schema) => {
      const { examples: _examples, ...options } = schema;
      return unclassified(options).map((option) => `schemas/${schema.title}.schema.json: ${option}; ${ADVICE}`);
    }),
  ];
}
