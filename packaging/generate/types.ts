// Generates schemas/<kind>/<name>.ts from the schema: the type of a plugin's checked options.

import { readFileSync } from 'node:fs';
import { compile, type JSONSchema } from '../../test/tools/json-schema-to-typescript.ts';
import { schemaFiles } from './schemas.ts';

const UNIT_TYPES: Readonly<Record<string, string>> = { duration: 'Milliseconds', size: 'Bytes', rate: 'PerSecond' };

interface OptionSchema extends JSONSchema {
  unit?: string;
  parse?: boolean;
}

/** Path of each generated file → its text. */
export async function optionTypes(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const path of schemaFiles()) {
    const schema = JSON.parse(readFileSync(path, 'utf8')) as JSONSchema;
    const name = typeName(String(schema.title));
    const body = await compile(withOptionTypes(schema, undefined) as JSONSchema, name, {
      bannerComment: '',
      additionalProperties: false,
      ignoreMinAndMaxItems: true,
      format: true,
      style: { singleQuote: true, printWidth: 120 },
    });
    const units = Object.values(UNIT_TYPES).filter((unit) => new RegExp(`\\b${unit}\\b`).test(body));
    const use =
      units.length > 0 ? `import type { ${units.sort().join(', ')} } from '../../core/base/units.ts';\n\n` : '';
    files.set(
      path.replace(/\.schema\.json$/, '.ts'),
      `// Generated from ${path.split('/').pop()} by "npm run generate"; change that instead.\n\n${use}${body}`,
    );
  }
  return files;
}

/** "http/moonraker-readonly" → "HttpMoonrakerReadonlyOptions". */
export function typeName(use: string): string {
  const words = use.split(/[/-]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}Options`;
}

/** Checked options differ from written ones: units are numbers, and options with a default are always present. */
function withOptionTypes(schema: OptionSchema, title: string | undefined): OptionSchema {
  const { default: _default, examples: _examples, title: _title, ...copy } = schema;
  const result: OptionSchema = { ...copy, ...(title === undefined ? {} : { title }) };
  if (schema.unit !== undefined) result.tsType = UNIT_TYPES[schema.unit] ?? 'never';
  if (schema.parse === true) result.tsType = 'string | Record<string, unknown>';
  if (schema.properties) {
    const entries = Object.entries(schema.properties as Record<string, OptionSchema>);
    result.properties = Object.fromEntries(entries.map(([key, value]) => [key, withOptionTypes(value, undefined)]));
    const given = entries.filter(([, value]) => value.default !== undefined).map(([key]) => key);
    result.required = [...new Set([...(Array.isArray(schema.required) ? schema.required : []), ...given])];
  }
  if (schema.$defs) {
    const entries = Object.entries(schema.$defs as Record<string, OptionSchema>);
    result.$defs = Object.fromEntries(entries.map(([key, value]) => [key, withOptionTypes(value, undefined)]));
  }
  for (const key of ['oneOf', 'anyOf'] as const) {
    const members = schema[key] as OptionSchema[] | undefined;
    // "Either this option or that one" adds nothing to their types, and would open the interface.
    if (members?.every((member) => Object.keys(member).join() === 'required')) delete result[key];
    else if (members) result[key] = members.map((member) => withOptionTypes(member, undefined));
  }
  if (schema.items && !Array.isArray(schema.items) && typeof schema.items === 'object') {
    result.items = withOptionTypes(schema.items as OptionSchema, undefined);
  }
  if (schema.additionalProperties && typeof schema.additionalProperties === 'object') {
    result.additionalProperties = withOptionTypes(schema.additionalProperties as OptionSchema, undefined);
  }
  return result;
}
