// Explains a YAML syntax error as a typical mistake: one place, one sentence with the fix. Pure.

import { brokenKey, comma, openBracket, stray } from './brackets.ts';
import { colon, conflict, dash, deeper, directive, document, indentation, nested, tab } from './layout.ts';
import { address, badEscape, block, comment, hash, indicator, innerQuote, openQuote, placeholder } from './quotes.ts';
import type { Mistake, Rule, Site, SyntaxFault } from './rule.ts';
import { lineAbove, lineAt, scan } from './site.ts';

/** Returns the mistake of the first rule that matches. */
export function mistakeOf(text: string, fault: SyntaxFault): Mistake {
  // An error at the end of the file belongs to the last line with text.
  let line = lineAt(text, fault.at);
  if (line.text.trim() === '') line = lineAbove(text, line) ?? line;
  const site: Site = { ...fault, text, line, scan: scan(line), column: fault.at - line.start };
  for (const rule of RULES) {
    const found = rule(site);
    if (found) return found;
  }
  const end = Math.max(line.start + line.text.length, fault.at + 1);
  return { start: fault.at, end, message: FALLBACK };
}

const FALLBACK =
  'This is not YAML. Compare the line and the one above with an example: "key: value", the same indentation for all keys of a map, quotes and brackets in pairs.';

const RULES: readonly Rule[] = [
  conflict,
  document,
  tab,
  comment,
  directive,
  openQuote,
  badEscape,
  innerQuote,
  address,
  placeholder,
  indicator,
  block,
  hash,
  dash,
  openBracket,
  deeper,
  colon,
  indentation,
  nested,
  comma,
  stray,
  brokenKey,
];
