// Walks a schema along a value: resolves references, branches and properties that apply. Pure.

import type { JsonType, OptionSchema } from '../../contract/schema.ts';
import { pointerSteps, type Tree } from '../source/tree.ts';

const MAX_REF_DEPTH = 16;

/** The schema itself with a local `$ref` followed. */
export function deref(schema: OptionSchema, root: OptionSchema): OptionSchema {
  let current = schema;
  for (let depth = 0; current.$ref !== undefined && depth < MAX_REF_DEPTH; depth++) {
    const target = schemaAt(root, current.$ref);
    if (!target) return current;
    const { $ref: _ref, ...rest } = current;
    current = { ...target, ...rest };
  }
  return current;
}

/** The schema at a pointer such as "#/properties/from". */
export function schemaAt(root: OptionSchema, pointer: string): OptionSchema | undefined {
  let current: unknown = root;
  for (const step of pointerSteps(decodeURIComponent(pointer))) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as Record<string, unknown>)[step];
  }
  return typeof current === 'object' && current !== null ? current : undefined;
}

/** The schema with all of its branches. */
export function candidates(schema: OptionSchema, root: OptionSchema, depth = 0): OptionSchema[] {
  const own = deref(schema, root);
  if (depth > MAX_REF_DEPTH) return [own];
  const parts = [...(own.allOf ?? []), ...(own.oneOf ?? []), ...(own.anyOf ?? [])];
  if (own.then) parts.push(own.then);
  if (own.else) parts.push(own.else);
  return [own, ...parts.flatMap((part) => candidates(part, root, depth + 1))];
}

/** The schema with the branches that match this value. */
export function applicable(schema: OptionSchema, tree: Tree, root: OptionSchema, depth = 0): OptionSchema[] {
  const own = deref(schema, root);
  if (depth > MAX_REF_DEPTH) return [own];
  const parts = [...(own.allOf ?? [])];
  for (const branches of [own.oneOf, own.anyOf]) {
    const fitting = branches?.find((branch) => fits(branch, tree, root, depth + 1));
    if (fitting) parts.push(fitting);
  }
  const conditional = own.if && (fits(own.if, tree, root, depth + 1) ? own.then : own.else);
  if (conditional) parts.push(conditional);
  return [own, ...parts.flatMap((part) => applicable(part, tree, root, depth + 1))];
}

/** The schema of one property in any of these schemas; undefined when none has it. */
export function propertySchema(schemas: readonly OptionSchema[], key: string): OptionSchema | undefined {
  for (const { properties } of schemas) {
    const found = properties && Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (found && Object.keys(found).length > 0) return found;
  }
  for (const { patternProperties } of schemas) {
    const found = Object.entries(patternProperties ?? {}).find(([pattern]) => new RegExp(pattern, 'u').test(key));
    if (found) return found[1];
  }
  for (const { additionalProperties } of schemas) {
    if (typeof additionalProperties === 'object') return additionalProperties;
  }
  return undefined;
}

/** All schemas that a property may have, in any branch. */
export function propertyCandidates(schemas: readonly OptionSchema[], key: string): OptionSchema[] {
  return schemas.flatMap((schema) => propertySchema([schema], key) ?? []);
}

export const typesOf = (schema: OptionSchema): readonly JsonType[] =>
  schema.type === undefined ? [] : typeof schema.type === 'string' ? [schema.type] : schema.type;

export function typeOf(tree: Tree): JsonType {
  if (tree.kind === 'map') return 'object';
  if (tree.kind === 'list') return 'array';
  if (tree.value === null) return 'null';
  if (typeof tree.value === 'number') return Number.isInteger(tree.value) ? 'integer' : 'number';
  return typeof tree.value === 'string' ? 'string' : 'boolean';
}

export function hasType(tree: Tree, types: readonly JsonType[]): boolean {
  const type = typeOf(tree);
  return types.length === 0 || types.includes(type) || (type === 'integer' && types.includes('number'));
}

/** A quick comparison that selects branches: types, constants, required and unknown properties. */
function fits(schema: OptionSchema, tree: Tree, root: OptionSchema, depth: number): boolean {
  const own = deref(schema, root);
  if (depth > MAX_REF_DEPTH) return true;
  if (!hasType(tree, typesOf(own))) return false;
  if (own.not && fits(own.not, tree, root, depth + 1)) return false;
  if (tree.kind === 'leaf') {
    if (own.const !== undefined && own.const !== tree.value) return false;
    return own.enum === undefined || own.enum.includes(tree.value);
  }
  if (tree.kind === 'list') {
    const { items } = own;
    return items === undefined || tree.items.every((item) => fits(items, item, root, depth + 1));
  }
  if (own.required?.some((key) => !tree.entries.has(key))) return false;
  for (const [key, entry] of tree.entries) {
    const property = propertySchema([own], key);
    if (!property && own.additionalProperties === false) return false;
    if (property && !fits(property, entry.value, root, depth + 1)) return false;
  }
  return (own.allOf ?? []).every((part) => fits(part, tree, root, depth + 1));
}
