// Phrasing for messages: types, lists of names, and values without secrets. Pure.

import { isSecretParameter, userInfoIn } from '../base/redact.ts';
import type { JsonType } from '../contract/schema.ts';
import { pointerSteps, type Tree } from './source/tree.ts';

const MAX_SHOWN = 60;

const TYPE_WORDS: Readonly<Record<JsonType, string>> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'a map',
  array: 'a list',
  null: 'nothing',
};

export const typeWords = (types: readonly JsonType[]): string =>
  orWords(types.filter((type) => type !== 'integer' || !types.includes('number')).map((type) => TYPE_WORDS[type]));

/** "a, b or c" */
export function orWords(words: readonly string[], or = 'or'): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} ${or} ${last}`;
}

export const quoted = (names: readonly string[], or?: string): string =>
  orWords(
    names.map((name) => `"${name}"`),
    or,
  );

/** "/users/0/name" → "users[0].name"; keys that are not plain names are quoted. */
export function optionName(pointer: string): string {
  return pointerSteps(pointer)
    .map((step, index) => (/^\d+$/.test(step) && index > 0 ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join('');
}

/** The value as written in the file: interpolations stay unresolved, a password in a URL is masked. */
export function shown(tree: Tree): string {
  if (tree.kind === 'list') return 'a list';
  if (tree.kind === 'map') return 'a map';
  if (tree.value === null) return 'nothing';
  const text = withoutPassword(tree.written ?? tree.plain ?? String(tree.value)).replaceAll(/\s+/g, ' ');
  const short = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return typeof tree.value === 'string' ? `"${short}"` : short;
}

/** "http://user:word@host/?token=word" → "http://***@host/?token=***". */
export function withoutPassword(text: string): string {
  if (!text.includes('://')) return text;
  let shownText = '';
  let from = 0;
  for (const { start, end } of userInfoIn(text)) {
    shownText += `${text.slice(from, start)}***`;
    from = end;
  }
  return (shownText + text.slice(from)).replaceAll(
    /([?&]([^=&#\s]+)=)[^&#\s]+/g,
    (pair, begin: string, name: string) => (isSecretParameter(name) ? `${begin}***` : pair),
  );
}
