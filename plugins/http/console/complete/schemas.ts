// Looks up options in a plugin's schema for completion, in all branches and references. Pure.

import type { OptionSchema } from '../../../../core/contract/schema.ts';

const MAX_DEPTH = 8;

/** The schema with all its references and alternatives. */
export function branches(schema: OptionSchema, root: OptionSchema, depth = 0): OptionSchema[] {
  if (depth > MAX_DEPTH) return [];
  const { $ref, ...own } = schema;
  const target = $ref === undefined ? undefined : at(root, $ref);
  const parts = [...(own.allOf ?? []), ...(own.oneOf ?? []), ...(own.anyOf ?? [])];
  for (const part of [own.then, own.else, target]) if (part) parts.push(part);
  return [own, ...parts.flatMap((part) => branches(part, root, depth + 1))];
}

function at(root: OptionSchema, pointer: string): OptionSchema | undefined {
  let found: unknown = root;
  for (const step of pointer.split('/').slice(1)) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) return undefined;
    found = Reflect.get(found, step);
  }
  return typeof found === 'object' && found !== null ? found : undefined;
}

/** The options in these schemas by name; the most detailed one wins. */
export function properties(schemas: readonly OptionSchema[]): ReadonlyMap<string, OptionSchema> {
  const found = new Map<string, OptionSchema>();
  for (const [name, schema] of schemas.flatMap((one) => Object.entries(one.properties ?? {}))) {
    const known = found.get(name);
    if (!known || (known.description === undefined && schema.description !== undefined)) found.set(name, schema);
  }
  return found;
}

/** The schemas of a key's value. */
export function inside(schemas: readonly OptionSchema[], key: string, root: OptionSchema): OptionSchema[] {
  return schemas.flatMap(({ properties: named, additionalProperties, patternProperties }) => {
    if (named && Object.hasOwn(named, key)) return branches(named[key] ?? {}, root);
    const pattern = Object.entries(patternProperties ?? {}).find(([one]) => new RegExp(one, 'u').test(key));
    if (pattern) return branches(pattern[1], root);
    return typeof additionalProperties === 'object' ? branches(additionalProperties, root) : [];
  });
}

/** "duration, default 10s" */
export function detailOf(schemas: readonly OptionSchema[]): string {
  const types = schemas.flatMap(
    ({ type, unit, enum: values }) => unit ?? (values ? values.map(String).join(' | ') : (type ?? [])),
  );
  const initial = schemas.find((one) => one.default !== undefined)?.default;
  const shown =
    initial === undefined ? '' : `, default ${typeof initial === 'string' ? initial : JSON.stringify(initial)}`;
  const secret = schemas.some((one) => one.secret === true) ? ', secret' : '';
  return `${[...new Set(types)].join(' or ')}${shown}${secret}`.slice(0, 200);
}

export const describe = (schemas: readonly OptionSchema[]): string =>
  schemas.find(({ description }) => description !== undefined)?.description ?? '';
