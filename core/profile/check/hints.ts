// Suggests the correct form of a value of the wrong type, and the intended option for an unknown name. Pure.

import { closest } from '../../base/closest.ts';
import type { JsonType, OptionSchema } from '../../contract/schema.ts';
import type { Leaf, Tree } from '../source/tree.ts';
import { typeOf } from '../values/schema-walk.ts';

const TRUE_WORDS = /^(yes|on|true)$/i;
const FALSE_WORDS = /^(no|off|false)$/i;
/** Texts that are safe to repeat as a list. */
const PLAIN_WORDS = /^[\w./:=@%+-]+( [\w./:=@%+-]+)*$/;
const MAX_WORDS = 60;

/** The sentence that follows "x is not y.", or nothing. */
export function shapeHint(tree: Tree, schema: OptionSchema, types: readonly JsonType[]): string {
  const isMadeOfText = tree.kind === 'leaf' && typeOf(tree) !== 'string' && types.includes('string');
  if (schema.secret) return isMadeOfText ? ' YAML reads it as a number or as true or false: put it in quotes.' : '';
  if (tree.kind === 'list') return listHint(tree, schema, types);
  if (tree.kind === 'map') {
    if (schema.reference) return ' Write the id of a node.';
    return types.includes('array') ? ' Write […], or each "- item" on a line of its own.' : '';
  }
  if (types.includes('object') && !types.includes('string')) return mapHint(tree, schema);
  if (types.includes('array') && !types.includes('string')) return ` Write ${listOf(tree)}.`;
  if (typeof tree.value === 'string') return scalarHint(tree.value, types);
  if (isMadeOfText) return ` Put it in quotes: "${tree.plain ?? String(tree.value)}".`;
  return '';
}

function listHint(list: Tree & { kind: 'list' }, schema: OptionSchema, types: readonly JsonType[]): string {
  if (types.includes('object')) return ' Write names with values, name: value, without "-" or brackets.';
  const [only] = list.items;
  if (list.items.length !== 1 || only?.kind !== 'leaf') return schema.reference ? ' It takes one node.' : '';
  return ` Write ${String(only.written ?? only.value)} without brackets.`;
}

function mapHint(leaf: Leaf, schema: OptionSchema): string {
  const value = String(leaf.value);
  const intended = Object.entries(schema.properties ?? {}).find(([, property]) => property.enum?.includes(leaf.value));
  if (intended) return ` Write { ${intended[0]}: ${value} }.`;
  return ' Write { name: value }, or each "name: value" on a line of its own.';
}

function listOf({ value }: Leaf): string {
  const text = String(value);
  const short = text.length <= MAX_WORDS && PLAIN_WORDS.test(text);
  return short
    ? `[${text
        .replaceAll(/([^\s]*[:%@][^\s]*)/g, '"$1"')
        .split(' ')
        .join(', ')}]`
    : '["…", "…"]';
}

function scalarHint(text: string, types: readonly JsonType[]): string {
  if (types.includes('boolean')) {
    if (TRUE_WORDS.test(text)) return ' Write true.';
    if (FALSE_WORDS.test(text)) return ' Write false.';
  }
  const number = types.includes('number') || types.includes('integer');
  return number && /^-?\d+(\.\d+)?$/.test(text) ? ` Write ${text} without quotes.` : '';
}

/** The option intended by this name: a declared alias first, then a similar name. */
export function optionMeant(
  key: string,
  names: readonly string[],
  schemas: readonly OptionSchema[],
): string | undefined {
  const lower = key.toLowerCase();
  const alias = names.find((name) => schemas.some((one) => one.properties?.[name]?.aliases?.includes(lower)));
  return alias ?? closest(key, names);
}
