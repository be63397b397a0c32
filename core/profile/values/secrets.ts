// Finds the leaves that hold secrets and masks them in source texts; unknown values count as secret.

import { closest } from '../../base/closest.ts';
import { isSearchable, isSecretParameter, userInfoIn } from '../../base/redact.ts';
import type { OptionSchema } from '../../contract/schema.ts';
import type { Leaf, SourceRange, Tree } from '../source/tree.ts';
import { candidates, propertyCandidates } from './schema-walk.ts';

export interface Secrets {
  /** The ranges of secrets in the text. */
  readonly ranges: readonly SourceRange[];
  /** Their values, never empty. */
  readonly values: readonly string[];
}

const REFERENCES_ONLY = /^(?:\$\{(?:env:\w+|file:[^}]+|cred:[^}]+|var:[^}]+)\})+$/;
const PARAMETER = /[?&]([^=&#\s"']+)=([^&#\s"']+)/g;
const REFERENCE = /\$\{(?:env:\w+|file:[^}\n]+|cred:[^}\n]+|var:[^}\n]+)\}/g;
const SPEAKING_KEY =
  /\b\w*(?:token|passw(?:or)?d|secret|credential|api_?key)\w*["']?\s*:\s*("[^"\n]*"?|'[^'\n]*'?|(?:\$\{[^}\n]*\}|[^\s,}\]#&*!|>])(?:\$\{[^}\n]*\}|[^,}\]#\n])*)/gi;

/** Without a schema (an unknown plugin) every value counts as secret; otherwise also every option that is missing in the schema. */
export function secretsOf(tree: Tree, schema: OptionSchema | undefined): Secrets {
  const ranges: SourceRange[] = [];
  const values = new Set<string>();
  const hide = (leaf: Leaf, known: boolean) => {
    if (leaf.value === null || leaf.value === '') return;
    if (leaf.written === undefined || !REFERENCES_ONLY.test(leaf.written)) {
      ranges.push(leaf.cut === undefined ? leaf.range : { ...leaf.range, end: leaf.cut });
    }
    if (known) values.add(String(leaf.value));
  };
  const walk = (value: Tree, schemas: readonly OptionSchema[] | undefined, secret: boolean) => {
    const possible = schemas?.flatMap((candidate) => candidates(candidate, schema ?? {}));
    const hidden = secret || possible?.some((candidate) => candidate.secret) === true;
    const unknown = possible === undefined || possible.length === 0;
    // The options of a parser are checked with the parser's own schema.
    if (possible?.some((candidate) => candidate.parse)) return;
    if (value.kind === 'list') {
      for (const item of value.items)
        walk(
          item,
          possible?.flatMap((candidate) => candidate.items ?? []),
          hidden,
        );
    } else if (value.kind === 'map') {
      for (const [key, entry] of value.entries) {
        walk(entry.value, possible && intendedSchemas(possible, key), hidden);
      }
    } else {
      if (hidden || unknown) hide(value, hidden);
      for (const word of passwordsIn(String(value.value))) values.add(word);
    }
  };
  walk(tree, schema && [schema], false);
  return { ranges: ranges, values: [...values] };
}

/** Treats a misspelled option like the one probably intended, so that its line can be shown. */
function intendedSchemas(schemas: readonly OptionSchema[], key: string): OptionSchema[] {
  const known = propertyCandidates(schemas, key);
  if (known.length > 0) return known;
  const name = closest(
    key,
    schemas.flatMap(({ properties }) => Object.keys(properties ?? {})),
  );
  return name === undefined ? [] : propertyCandidates(schemas, name);
}

/** The passwords of URLs, as written and decoded. */
export function passwordsIn(text: string): string[] {
  return userInfoIn(text).flatMap(({ start, end }) => {
    const info = text.slice(start, end);
    const raw = info.slice(info.indexOf(':') + 1);
    if (!info.includes(':') || raw === '') return [];
    try {
      return [raw, decodeURIComponent(raw)];
    } catch {
      return [raw];
    }
  });
}

/** The same text with secrets replaced by asterisks of equal length, so that columns stay correct. */
export function starOut(file: string, text: string, secrets: Secrets): string {
  const letters = text.split('');
  for (const { start, end } of hiddenIn(file, text, secrets)) letters.fill('*', start, end);
  return letters.join('');
}

/** Every run of characters that belongs to a secret, in order; blanks and line breaks are never part of one. */
export function hiddenIn(file: string, text: string, secrets: Secrets): { start: number; end: number }[] {
  // The name of a secret's source is not secret, and helps the reader of the excerpt.
  const open = new Set<number>();
  for (const match of text.matchAll(REFERENCE)) {
    for (let at = match.index; at < match.index + match[0].length; at++) open.add(at);
  }
  const hidden = new Set<number>();
  const star = (start: number, end: number) => {
    for (let at = start; at < end; at++) if (!open.has(at) && !/\s/.test(text[at] ?? ' ')) hidden.add(at);
  };
  for (const range of secrets.ranges) if (range.file === file) star(range.start, range.end);
  for (const value of secrets.values) {
    if (!isSearchable(value)) continue;
    for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length))
      star(at, at + value.length);
  }
  for (const { start, end } of userInfoIn(text)) star(start, end);
  for (const match of text.matchAll(PARAMETER)) {
    const end = match.index + match[0].length;
    if (isSecretParameter(match[1] ?? '')) star(end - (match[2] ?? '').length, end);
  }
  for (const match of text.matchAll(SPEAKING_KEY)) {
    const end = match.index + match[0].length;
    const value = match[1] ?? '';
    const quote = /^["']/.test(value) ? 1 : 0;
    star(end - value.length + quote, value.length > 1 && value.endsWith(value.charAt(0)) ? end - quote : end);
  }
  return runs([...hidden].sort((a, b) => a - b));
}

function runs(positions: readonly number[]): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  for (const at of positions) {
    const last = found.at(-1);
    if (last?.end === at) last.end = at + 1;
    else found.push({ start: at, end: at + 1 });
  }
  return found;
}
