// Turns a plugin's schema into the content of its documentation, without markup. Pure.

import { stringify } from 'yaml';
import { isParser } from '../../../core/catalog/parsers.ts';
import type { OptionSchema, PluginExample, PluginSchema } from '../../../core/contract/schema.ts';
import { facts, typeOf } from '../../kit/reference/option.ts';

export interface OptionDoc {
  /** "from", "auth.user", "cameras[].name", "headers.<name>". */
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  readonly default: string | undefined;
  /** Bounds, ports, secrecy, as short phrases. */
  readonly facts: readonly string[];
  readonly description: string;
}

export interface PluginDoc {
  readonly use: string;
  readonly kind: string;
  readonly summary: string;
  readonly description: string;
  /** Ports; undefined for a parser. */
  readonly provides: readonly string[] | undefined;
  readonly options: readonly OptionDoc[];
  readonly examples: readonly { readonly title: string; readonly yaml: string }[];
}

export function describe(schema: PluginSchema): PluginDoc {
  const use = schema.title;
  const kind = use.split('/')[0] ?? use;
  return {
    use,
    kind,
    summary: schema.summary,
    description: schema.description,
    provides: isParser(schema) ? undefined : (schema.provides ?? []),
    options: optionsOf(schema, schema, ''),
    examples: (schema.examples ?? []).map((example) => ({ title: example.title, yaml: exampleProfile(example) })),
  };
}

/** An example of a schema as a complete profile. */
export function exampleProfile({ pipeline, top }: PluginExample): string {
  const body = stringify({ camd: 1, ...top, pipeline }, { lineWidth: 0 });
  return body.replace(/^(?=(vars|plugins|pipeline):)/gm, '\n').replace(/^\n/, '');
}

function optionsOf(object: OptionSchema, root: OptionSchema, prefix: string): OptionDoc[] {
  const schema = resolved(object, root);
  return Object.entries(schema.properties ?? {}).flatMap(([name, raw]) => {
    const option = resolved(raw, root);
    const path = `${prefix}${name}`;
    const own: OptionDoc = {
      path,
      type: typeOf(option, (inner) => resolved(inner, root)),
      required: schema.required?.includes(name) ?? false,
      default: option.default === undefined ? undefined : written(option.default),
      facts: facts(option),
      description: raw.description ?? option.description ?? '',
    };
    return [own, ...nested(option, root, path)];
  });
}

/** Nested options: of an object, of list items, of map values, of each alternative. */
function nested(option: OptionSchema, root: OptionSchema, path: string): OptionDoc[] {
  const found = optionsOf(option, root, `${path}.`);
  if (option.items) found.push(...inside(option.items, root, `${path}[]`));
  if (typeof option.additionalProperties === 'object') {
    found.push(...inside(option.additionalProperties, root, `${path}.<name>`));
  }
  for (const alternative of [...(option.oneOf ?? []), ...(option.anyOf ?? [])]) {
    found.push(...nested(resolved(alternative, root), root, path));
  }
  const paths = new Set<string>();
  return found.filter((doc) => !paths.has(doc.path) && paths.add(doc.path));
}

function inside(raw: OptionSchema, root: OptionSchema, path: string): OptionDoc[] {
  return nested(resolved(raw, root), root, path);
}

/** Follows a reference within the schema ("#/$defs/name"). */
function resolved(schema: OptionSchema, root: OptionSchema): OptionSchema {
  const name = /^#\/\$defs\/(.+)$/.exec(schema.$ref ?? '')?.[1];
  const target = name === undefined ? undefined : root.$defs?.[name];
  return target ? { ...target, ...schema } : schema;
}

const written = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
