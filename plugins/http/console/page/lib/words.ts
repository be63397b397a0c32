// The texts of the console in the user's language; words/ has one file per language.

import { inLanguage, type Language, language, locale } from '../../../../kit/page/shared/language.ts';
import { de } from './words/de.ts';
import { en } from './words/en.ts';

export const WORDS = { en, de } satisfies Record<Language, Readonly<Record<keyof typeof en, string>>>;

export type Word = keyof typeof en;
type Values = Readonly<Record<string, string | number>>;
/** Words with plural forms: "nodes" stands for "nodes.one" and "nodes.other". */
type Counted = Word extends infer W ? (W extends `${infer Base}.one` ? Base : never) : never;

const words: Readonly<Record<string, string>> = inLanguage<Readonly<Record<Word, string>>>(WORDS);
const plural = new Intl.PluralRules(language);

/** `values` replace `{name}` in the text. */
export const say = (word: Word, values: Values = {}): string => fill(words[word] ?? word, values);

/** "1 node", "7 nodes". */
export function count(what: Counted, amount: number): string {
  const form = plural.select(amount) === 'one' ? 'one' : 'other';
  return fill(words[`${what}.${form}`] ?? what, { count: number(amount) });
}

/** In the number format of the user's language. */
export const number = (value: number, digits = 0): string =>
  value.toLocaleString(locale, { maximumFractionDigits: digits });

/** "19:04:05", with the date unless it is today. */
export function time(at: number): string {
  const day = new Date(at);
  const clock = day.toLocaleTimeString(locale);
  if (day.toDateString() === new Date().toDateString()) return clock;
  return `${day.toLocaleDateString(locale, { day: 'numeric', month: 'short', year: 'numeric' })}, ${clock}`;
}

const fill = (text: string, values: Values): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
