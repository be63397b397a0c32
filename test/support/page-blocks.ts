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
  let filled = text;
  for (const [written, value] of Object.entries(values)) {
    if (!filled.includes(written)) throw new Error(`the block does not contain ${written}`);
    filled = filled.replaceAll(written, value);
  }
  return filled;
}
