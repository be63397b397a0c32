// A checked profile as a plain object for `camd print`: complete, units as text, secrets as "***".

import { isSearchable } from '../../base/redact.ts';
import { writeUnit } from '../../base/units.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { parserName } from '../../catalog/parsers.ts';
import type { OptionSchema } from '../../contract/schema.ts';
import { withoutPassword } from '../phrasing.ts';
import type { NodeSpec, Profile } from '../profile.ts';
import { fromValue } from '../source/tree.ts';
import { applicable, propertySchema } from '../values/schema-walk.ts';

export const HIDDEN = '***';

/** Serialised as YAML, the result is a valid profile except for the secrets. `catalog` is that of the Reading. */
export function maskedProfile(profile: Profile, catalog: Catalog): Record<string, unknown> {
  const secrets = profile.secrets.filter(isSearchable);
  const nodes = [...profile.nodes].map(([id, spec]) => [id, printedNode(spec, catalog, secrets)]);
  return {
    camd: 1,
    ...(profile.plugins.length > 0 ? { plugins: [...profile.plugins] } : {}),
    ...(profile.watch ? { watch: true } : {}),
    ...(profile.control === undefined ? {} : { control: profile.control }),
    log: { ...profile.log },
    ...(profile.cameras.size > 0 ? { cameras: Object.fromEntries(profile.cameras) } : {}),
    pipeline: Object.fromEntries(nodes) as Record<string, unknown>,
  };
}

/** The options of one node; `secrets` are texts to mask wherever they occur. */
export function printedNode(spec: NodeSpec, catalog: Catalog, secrets: readonly string[]): Record<string, unknown> {
  const options = printed(spec.options, catalog.schema(spec.use) as OptionSchema | undefined, secrets);
  const { parse } = spec;
  const parser = parse && {
    use: parserName(catalog, parse.use),
    ...printed(parse.options, catalog.schema(parse.use) as OptionSchema | undefined, secrets),
  };
  return { use: spec.use, ...options, ...(parser ? { parse: parser } : {}) };
}

function printed(
  options: Readonly<Record<string, unknown>>,
  schema: OptionSchema | undefined,
  secrets: readonly string[],
): Record<string, unknown> {
  const root = schema ?? {};
  const nowhere = { file: '', line: 1, column: 1, length: 1, start: 0, end: 0 };

  const walk = (value: unknown, own: OptionSchema, hidden: boolean): unknown => {
    // Units are already numbers here, so branches are selected by the original text.
    const schemas = applicable(own, fromValue(asWritten(value, own, root), nowhere), root);
    const secret = hidden || schemas.some((one) => one.secret === true);
    const unit = schemas.find((one) => one.unit)?.unit;
    if (Array.isArray(value)) {
      const items = schemas.find((one) => one.items)?.items ?? {};
      return value.map((item) => walk(item, items, secret));
    }
    if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value).map(([key, item]) => [
        key,
        walk(item, propertySchema(schemas, key) ?? {}, secret),
      ]);
      return Object.fromEntries(entries) as Record<string, unknown>;
    }
    if (secret) return HIDDEN;
    if (unit && typeof value === 'number') return writeUnit(unit, value);
    return typeof value === 'string' ? escaped(mask(value, secrets)) : value;
  };
  return walk(options, root, false) as Record<string, unknown>;
}

/** Converts a number back to its text if the schema allows a unit. */
function asWritten(value: unknown, schema: OptionSchema, root: OptionSchema): unknown {
  if (typeof value !== 'number') return value;
  const units = [schema, ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].flatMap((one) => one.unit ?? []);
  const unit = units[0] ?? (schema.$ref === undefined ? undefined : root.unit);
  return unit ? writeUnit(unit, value) : value;
}

function mask(text: string, secrets: readonly string[]): string {
  let result = withoutPassword(text);
  for (const secret of secrets) result = result.replaceAll(secret, HIDDEN);
  return result;
}

const escaped = (text: string): string => text.replaceAll('${', () => '$${');
