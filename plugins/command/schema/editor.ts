// Converts one option's schema from camd's vocabulary to plain JSON Schema draft 7 for editors. Pure.

import type { Unit } from '../../../core/base/units.ts';
import { UNIT_EXAMPLES } from '../../../core/base/units.ts';
import type { OptionSchema } from '../../../core/contract/schema.ts';
import { facts, typeOf } from '../../kit/reference/option.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const UNIT_PATTERNS: Readonly<Record<Unit, string>> = {
  duration: '\\d+(\\.\\d+)?(ms|s|m|h|d)',
  size: '\\d+(\\.\\d+)?(B|[KMGT]iB|[kKMGT]B)',
  rate: '\\d+(\\.\\d+)?/(s|m|h)',
};

/** Any value except an id may be interpolated, so such a text is valid for every type. */
export const INTERPOLATED: Json = { type: 'string', pattern: '\\$\\{' };

/** Keywords with the same meaning in editors; camd's own are dropped or described in text. */
const SAME = [
  ...['type', 'const', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minItems'],
  ...['maxItems', 'uniqueItems', 'minProperties', 'maxProperties', 'required', 'default', 'examples'],
] as const;

/** Keywords that contain schemas. */
const ONE = ['propertyNames', 'items', 'if', 'then', 'else', 'not'] as const;
const LISTS = ['oneOf', 'anyOf', 'allOf'] as const;
const MAPS = ['properties', 'patternProperties'] as const;

/** `root` is the schema that resolves "#/$defs/…"; references are written out. */
export function editorSchema(raw: OptionSchema, root: OptionSchema): Record<string, Json> {
  const schema = followed(raw, root);
  if (schema.parse) return { ...texts(schema), $comment: 'parser', anyOf: [{ $ref: '#/definitions/parser' }] };
  const result: Record<string, Json> = { ...texts(schema) };
  for (const key of SAME) if (schema[key] !== undefined) result[key] = schema[key] as Json;
  // A plugin's top-level examples are whole profiles, not values of the node.
  if (raw === root) delete result.examples;
  if (schema.additionalProperties !== undefined) {
    result.additionalProperties =
      typeof schema.additionalProperties === 'boolean'
        ? schema.additionalProperties
        : editorSchema(schema.additionalProperties, root);
  }
  for (const key of ONE) if (schema[key]) result[key] = editorSchema(schema[key], root);
  for (const key of LISTS) if (schema[key]) result[key] = schema[key].map((member) => editorSchema(member, root));
  for (const key of MAPS) {
    const entries = Object.entries(schema[key] ?? {});
    if (schema[key])
      result[key] = Object.fromEntries(entries.map(([name, value]) => [name, editorSchema(value, root)]));
  }
  const former = Object.entries(schema.renamed ?? {}).map(([name, now]) => [name, formerly(now, schema, root)]);
  if (former.length > 0) result.properties = { ...(result.properties as object), ...Object.fromEntries(former) };
  return interpolatable(schema, result);
}

/** Editors show the former name struck through, with the message. */
function formerly(now: string, schema: OptionSchema, root: OptionSchema): Json {
  const present = schema.properties?.[now];
  const message = `Deprecated: write "${now}" instead.`;
  return { ...(present ? editorSchema(present, root) : {}), deprecated: true, deprecationMessage: message };
}

/** Numbers, booleans and restricted texts, or a text with `${…}`. */
function interpolatable(schema: OptionSchema, plain: Record<string, Json>): Record<string, Json> {
  const types = schema.type === undefined ? [] : [schema.type].flat();
  if (schema.enum) {
    const values = { enum: schema.enum as Json };
    return { ...plain, anyOf: [values, INTERPOLATED] };
  }
  if (types.includes('string')) {
    const pattern = schema.unit ? UNIT_PATTERNS[schema.unit] : schema.pattern?.replace(/^\^(.*)\$$/, '$1');
    if (pattern === undefined) return plain;
    const whole = schema.unit || /^\^.*\$$/.test(schema.pattern ?? '') ? `^(?:${pattern})$` : pattern;
    return { ...plain, pattern: `${whole}|\\$\\{`, ...messages(schema) };
  }
  if (types.some((type) => type === 'integer' || type === 'number' || type === 'boolean')) {
    return {
      ...plain,
      type: [...types, 'string'],
      pattern: '\\$\\{',
      ...messages(schema),
    };
  }
  return plain;
}

/** The editor's message for a value of the wrong type or form. */
function messages(schema: OptionSchema): Record<string, Json> {
  const expected = `Expected: ${words(schema)}, or \${…}.`;
  return { errorMessage: expected, patternErrorMessage: expected };
}

function words(schema: OptionSchema): string {
  const type = typeOf(schema, (inner) => inner).replace(/`/g, '');
  return schema.unit ? `${type} such as ${UNIT_EXAMPLES[schema.unit]}` : type;
}

function texts(schema: OptionSchema): Record<string, Json> {
  if (schema.description === undefined) return {};
  return { description: schema.description, markdownDescription: optionText(schema) };
}

/** The description, and the option's facts from the reference page. */
export function optionText(schema: OptionSchema): string {
  const value = schema.default;
  const more = [
    typeOf(schema, (inner) => inner),
    ...(value === undefined ? [] : [`default \`${typeof value === 'string' ? value : JSON.stringify(value)}\``]),
    ...facts(schema),
  ];
  return schema.type === 'object' ? (schema.description ?? '') : `${schema.description ?? ''}\n\n${more.join(' · ')}`;
}

function followed(schema: OptionSchema, root: OptionSchema): OptionSchema {
  const name = /^#\/\$defs\/(.+)$/.exec(schema.$ref ?? '')?.[1];
  const target = name === undefined ? undefined : root.$defs?.[name];
  return target ? { ...target, ...schema } : schema;
}
