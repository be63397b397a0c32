// The code blocks of a documentation page, for tests that run them unchanged.

import { readFileSync } from 'node:fs';

export interface PageBlock {
  readonly language: string;
  /** The rest of the first line: a file name. */
  readonly name: string;
  readonly text: string;
}

export function pageBlocks(page: string): readonly PageBlock[] {
  const found = readFileSync(page, 'utf8').matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms);
  return [...found].map(([, language = '', name = '', text = '']) => ({ language, name, text }));
}

/** The only block in this language. */
export function onlyBlock(page: string, language: string): string {
  const found = pageBlocks(page).filter((block) => block.language === language);
  const [block] = found;
  if (!block || found.length > 1) throw new Error(`${page} has ${found.length} blocks of ${language}`);
  return block.text;
}

/** Replaces the parts that a test must choose itself, such as ports and paths; each key of `values` must occur in `text`. */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  for (const written of Object.keys(values)) {
    if (!text.includes(written)) throw new Error(`the block does not contain ${written}`);
  }
  return replaceEach(text, values);
}

/** In one pass, because a value may contain another key: the port 18833 begins like the port 1883. */
export function replaceEach(text: string, values: Readonly<Record<string, string>>): string {
  const keys = Object.keys(values).map((key) => key.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return text.replace(new RegExp(keys.join('|'), 'g'), (written) => values[written] ?? written);
}
