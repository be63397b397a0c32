// Mistakes with brackets, braces and commas.

import { inFlow, onLine, type Rule, wholeLine, without } from './rule.ts';
import { blanked, type Line, lineAbove, scan } from './site.ts';

/** An unclosed bracket, reported where it opens. */
export const openBracket: Rule = (site) => {
  if (!/^Flow|must be sufficiently indented|flow-error-end/.test(site.message)) return undefined;
  for (let line: Line | undefined = site.line, count = 0; line && count < 40; count++) {
    const last = scan(line).open.at(-1);
    if (last) {
      const close = last.sign === '{' ? '}' : ']';
      const message = `This "${last.sign}" is not closed: add the "${close}".`;
      return { start: last.at, end: last.at + 1, message, corrected: without(site, line) };
    }
    line = lineAbove(site.text, line);
  }
  return undefined;
};

export const comma: Rule = (site) => {
  const { line, code, column, text } = site;
  if (code !== 'BLOCK_IN_FLOW' && !/^Missing , /.test(site.message)) return undefined;
  const corrected = without(site, line);
  const lone = /[[,]\s*(-)\s*[\],]/.exec(line.text.slice(Math.max(0, column - 3)));
  if (code === 'BLOCK_IN_FLOW' && line.text[column] === '-' && lone) {
    const message = 'A "-" by itself must be in quotes inside […]: "-".';
    return onLine(site, column, column + 1, message, blanked(text, site.at, site.at + 1, 'd'));
  }
  const pair = /^(.*?)[\s;]+([\w.-]+):\s/.exec(line.text.slice(column));
  if (code === 'BLOCK_IN_FLOW' && pair) {
    const from = column + (pair[1] ?? '').replace(/;$/, '').length;
    const at = column + pair[0].lastIndexOf(pair[2] ?? '');
    const semicolon = line.text.slice(from, at).includes(';');
    const message = semicolon
      ? 'The options inside {…} are separated by commas, not by ";".'
      : `A comma is missing before "${pair[2]}:".`;
    return semicolon
      ? onLine(site, from, from + 1, message, corrected)
      : onLine(site, at, at + (pair[2] ?? '').length, message, corrected);
  }
  return onLine(site, column, column + 1, 'A comma is missing here, or quotes around the whole value.', corrected);
};

export const stray: Rule = (site) => {
  const { line, column, text } = site;
  const sign = line.text[column] ?? '';
  if (site.code !== 'UNEXPECTED_TOKEN') return undefined;
  if (['}', ']'].includes(sign) && !inFlow(site.scan, column)) {
    const message = `This "${sign}" closes nothing: remove it, or put the value in quotes.`;
    return onLine(site, column, column + 1, message, blanked(text, site.at, site.at + 1));
  }
  const before = line.text.slice(0, column).trimEnd().at(-1) ?? '';
  if (!['}', ']', '{', '['].includes(before) && !['{', '['].includes(sign)) return undefined;
  const message = 'A value with brackets or braces and further text must be in quotes.';
  return onLine(site, column, line.text.trimEnd().length, message, without(site, line));
};

export const brokenKey: Rule = (site) =>
  site.code === 'IMPOSSIBLE' || /^\s*[[{]/.test(site.line.text)
    ? wholeLine(site, 'A key is a plain text, without brackets or braces around it.')
    : undefined;
