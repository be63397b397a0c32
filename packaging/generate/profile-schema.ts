// Generates schemas/profile.schema.json, which describes the profile language to editors.

import { profileSchema } from '../../plugins/command/schema/build.ts';
import { baseSchema, pluginSchemas } from './schemas.ts';

/** Path of the generated file → its text. */
export function editorSchemaFile(): Map<string, string> {
  return new Map([
    ['schemas/profile.schema.json', `${JSON.stringify(profileSchema(baseSchema(), pluginSchemas()), undefined, 2)}\n`],
  ]);
}
