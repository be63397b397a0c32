// Mistakes with quotes, escapes, comments and values that YAML reads as its own syntax.

import { inFlow, onLine, type Rule, wholeLine, without } from './rule.ts';
import { blanked, type Line, lineAbove, lineBelow, scan } from './site.ts';

export const comment: Rule = (site) =>
  /^\s*(\/\/|\/\*)/.test(site.line.text) ? wholeLine(site, 'A comment begins with "#" in YAML.') : undefined;

/** A quote may be closed lines below, by the next quote; the lines between are then keys. */
export const openQuote: Rule = (site) => {
  let line: Line | undefined = site.line;
  for (let count = 0; line && count < 40; count++) {
    const { quote } = scan(line);
    const below = lineBelow(site.text, line);
    const swallows = line.start === site.line.start || (below !== undefined && /^\s*[\w.-]+:(\s|$)/.test(below.text));
    if (quote && swallows) {
      const message = `This quote (${quote.sign}) is not closed on its line: add the closing ${quote.sign}.`;
      return {
        start: quote.at,
        end: quote.at + 1,
        message,
        corrected: blanked(site.text, quote.at, quote.at + 1, 'q'),
      };
    }
    line = lineAbove(site.text, line);
  }
  return undefined;
};

export const badEscape: Rule = (site) => {
  if (site.code !== 'BAD_DQ_ESCAPE') return undefined;
  const message =
    'Between double quotes a backslash begins an escape. Use single quotes instead, or write each backslash twice.';
  const corrected = site.text.slice(0, site.line.start) + site.line.text.replaceAll('\\', '/');
  return onLine(site, site.column, site.column + 2, message, corrected + site.text.slice(corrected.length));
};

/** A quote inside a quoted text ends it. */
export const innerQuote: Rule = (site) => {
  const { column, line, scan: found } = site;
  if (site.code === 'BAD_DQ_ESCAPE' || column < 1 || found.quoted[column]) return undefined;
  const before = line.text.slice(0, column).trimEnd();
  const sign = before.at(-1) ?? '';
  if (!['"', "'"].includes(sign) || !found.quoted[before.length - 1] || line.text[column] === '#') return undefined;
  const twice = sign === "'" ? "write '' for a quote inside '…'" : 'write \\" for a quote inside "…"';
  const end = line.text.trimEnd().length;
  const message = `The quoted text ends here, and more follows: ${twice}, or remove what follows.`;
  return onLine(site, before.length - 1, end, message, without(site, line));
};

export const address: Rule = (site) => {
  const found = /(?:https?:\/\/)?\[[\da-fA-F:.%]*:[\da-fA-F:.%]*\]/.exec(site.line.text);
  if (!found || site.scan.quoted[found.index]) return undefined;
  const corrected = blanked(
    site.text,
    site.line.start + found.index,
    site.line.start + found.index + found[0].length,
    'a',
  );
  const message = 'An IPv6 address in brackets must be in quotes, such as "[::1]:8080".';
  return onLine(site, found.index, found.index + found[0].length, message, corrected);
};

/** ${…} and {camera} without quotes: all of them on one line count as one mistake. */
export const placeholder: Rule = (site) => {
  const { line, scan: found, text } = site;
  const all = [...line.text.matchAll(/\$?\{[^{}\s,]*\}/g)].filter(
    ({ index }) => !found.quoted[index] && (inFlow(found, index) || /:\s+$|-\s+$/.test(line.text.slice(0, index))),
  );
  const [first] = all;
  if (!first) return undefined;
  let corrected = text;
  for (const { index, 0: one } of all)
    corrected = blanked(corrected, line.start + index, line.start + index + one.length, 'p');
  const example = first[0].startsWith('$') ? '"${env:NAME}"' : '"/{camera}/snapshot.jpg"';
  const where = inFlow(found, first.index) ? 'Inside {…} and […] a value with' : 'A value that begins with';
  const what = first[0].startsWith('$') ? '${…}' : '"{"';
  const message = `${where} ${what} must be in quotes, such as ${example}.`;
  return onLine(site, first.index, first.index + first[0].length, message, corrected);
};

const INDICATORS = '@`%,}]*&!|>?';

/** A plain value must not begin with an indicator character of YAML. */
export const indicator: Rule = (site) => {
  const { line, column, code, text } = site;
  const from = line.text[column] !== undefined && INDICATORS.includes(line.text[column] ?? '') ? column : column - 1;
  const sign = line.text[from] ?? '';
  const begins = /(:\s+|-\s+|[[{,]\s*)$/.test(line.text.slice(0, from));
  if (sign === '' || !INDICATORS.includes(sign) || !begins) return undefined;
  if (sign === ',' && code !== 'BAD_SCALAR_START') return undefined;
  if (['}', ']'].includes(sign) && inFlow(site.scan, from)) return undefined;
  const message = `A value must not begin with "${sign}": put it in quotes, "${sign}…".`;
  const alone = line.text.trimEnd().length === from + 1;
  return onLine(
    site,
    from,
    from + 1,
    message,
    blanked(text, line.start + from, line.start + from + 1, alone ? ' ' : 'i'),
  );
};

export const block: Rule = (site) =>
  site.message.startsWith('Block scalar header')
    ? onLine(
        site,
        site.column - 1,
        site.column,
        'A value must not begin with "|" or ">": put it in quotes.',
        without(site, site.line),
      )
    : undefined;

export const hash: Rule = (site) =>
  site.message.startsWith('Comments must be separated')
    ? onLine(
        site,
        site.column,
        site.column + 1,
        'A space is missing before the "#" of the comment; if "#" belongs to the value, put the value in quotes.',
        blanked(site.text, site.at, site.line.start + site.line.text.length),
      )
    : undefined;
