// Combines all plugin schemas into one JSON Schema of a whole profile, for editors. Pure.

import { isParser, shortName } from '../../../core/catalog/parsers.ts';
import type { OptionSchema, PluginSchema } from '../../../core/contract/schema.ts';
import { editorSchema, INTERPOLATED, type Json, optionText } from './editor.ts';

/**
 * Draft 7, which YAML language servers support best. Each plugin is a definition, and a node's `use` selects one. A profile with
 * `include` may leave out required options, because the included file may set them.
 */
export function profileSchema(base: OptionSchema, schemas: readonly PluginSchema[]): Record<string, Json> {
  const nodes = schemas.filter((schema) => !isParser(schema));
  const parsers = schemas.filter(isParser);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'camd profile',
    ...withTemplates(editorSchema(base, base)),
    required: ['camd'],
    if: { required: ['include'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { properties: { pipeline: { additionalProperties: { $ref: '#/definitions/part' } } } },
    else: {
      properties: { pipeline: { additionalProperties: { $ref: '#/definitions/node' } } },
      required: ['pipeline'],
    },
    definitions: {
      node: { ...node(nodes, true), anyOf: [{ required: ['use'] }, { required: ['like'] }] },
      part: node(nodes, false),
      parser: parser(parsers),
      ...Object.fromEntries(nodes.map((schema) => [schema.title, plugin(schema, schema.title)])),
      ...Object.fromEntries(parsers.map((schema) => [schema.title, plugin(schema, shortName(schema.title))])),
    },
  };
}

/** A template is a node without required options. */
function withTemplates(schema: Record<string, Json>): Record<string, Json> {
  const properties = schema.properties as Readonly<Record<string, Record<string, Json>>>;
  const templates = { ...properties.templates, additionalProperties: { $ref: '#/definitions/part' } };
  return { ...schema, properties: { ...properties, templates } };
}

/** Keys that every node may have besides the options of its plugin. */
const SHARED: Readonly<Record<string, Json>> = {
  like: { description: 'The template that the node takes its options from.', type: 'string' },
  vars: { description: 'Values of ${var:NAME} in the template, for this node.', type: 'object' },
};

/** A node of the pipeline; null removes an included node. */
function node(schemas: readonly PluginSchema[], complete: boolean): Record<string, Json> {
  return {
    type: complete ? 'object' : ['object', 'null'],
    properties: {
      use: choice(schemas, (schema) => schema.title, 'The plugin that the node uses: kind/name.'),
      ...SHARED,
    },
    allOf: [...schemas.map((schema) => branch(schema, schema.title, complete)), snippets(schemas)],
  };
}

function parser(schemas: readonly PluginSchema[]): Record<string, Json> {
  const use = choice(schemas, (schema) => shortName(schema.title), 'The parser that turns the bytes into pictures.');
  return {
    anyOf: [
      use,
      INTERPOLATED,
      {
        type: 'object',
        required: ['use'],
        properties: { use },
        allOf: schemas.map((schema) => branch(schema, shortName(schema.title), true)),
      },
    ],
  };
}

/** The condition "if `use` is this plugin, this definition applies". */
function branch(schema: PluginSchema, use: string, complete: boolean): Record<string, Json> {
  return {
    if: { type: 'object', properties: { use: { const: use } }, required: ['use'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: {
      allOf: [{ $ref: `#/definitions/${pointer(schema.title)}` }],
      ...(complete && schema.required ? { required: [...schema.required] } : {}),
    },
  };
}

function choice(schemas: readonly PluginSchema[], name: (schema: PluginSchema) => string, description: string) {
  return {
    description,
    type: 'string',
    enum: schemas.map(name),
    enumDescriptions: schemas.map(({ summary }) => summary),
    markdownEnumDescriptions: schemas.map(({ summary, description: text }) => `**${summary}.** ${text}`),
  };
}

/** The plugin's options without `required`: draft 7 ignores keywords next to `$ref`, so the reference adds it. */
function plugin(schema: PluginSchema, use: string): Record<string, Json> {
  const { required: _required, ...body } = editorSchema(schema, schema);
  const properties = typeof body.properties === 'object' && body.properties !== null ? body.properties : {};
  return {
    ...body,
    title: schema.title,
    description: schema.summary,
    markdownDescription: optionText(schema),
    properties: {
      use: { const: use, description: schema.summary },
      ...(isParser(schema) ? {} : SHARED),
      ...properties,
    },
  };
}

/** Snippets of whole nodes, offered until the node has `use`. */
function snippets(schemas: readonly PluginSchema[]): Record<string, Json> {
  const defaultSnippets = schemas.map((schema) => ({
    label: schema.title,
    description: schema.summary,
    body: { use: schema.title, ...snippet(schema) },
  }));
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  return { if: { not: { required: ['use'] } }, then: { defaultSnippets } };
}

/** The required options, as placeholders. */
function snippet(schema: PluginSchema): Record<string, Json> {
  return Object.fromEntries((schema.required ?? []).map((name, index) => [name, `$${index + 1}`]));
}

const pointer = (name: string) => name.replace(/~/g, '~0').replace(/\//g, '~1');
