// Mistakes in lines: indentation, colons, lists and document markers.

import { indented, inFlow, onLine, type Rule, wholeLine, without } from './rule.ts';
import { blanked, lineAbove, lineBelow, openLines } from './site.ts';

export const conflict: Rule = (site) => {
  if (!/^(<{7}|={7}|>{7})( |$)/.test(site.line.text)) return undefined;
  const { start, end } = wholeLine(site, '');
  const message =
    'An unfinished git merge left this mark: keep one of the two versions and remove the lines <<<, === and >>>.';
  return { start, end, message };
};

export const tab: Rule = ({ line, text }) => {
  const at = /^ *\t/.test(line.text) ? line.text.indexOf('\t') : -1;
  if (at < 0) return undefined;
  const lines = text.split('\n').filter((row) => /^ *\t/.test(row)).length;
  const others = lines > 1 ? ` (and ${lines - 1} more ${lines === 2 ? 'line' : 'lines'})` : '';
  const message = `YAML is indented with spaces: replace the tab at the beginning of this line${others}.`;
  return { start: line.start + at, end: line.start + at + 1, message };
};

export const document: Rule = ({ code, line, text }) => {
  if (code !== 'MULTIPLE_DOCS') return undefined;
  const mark = /^\.\.\./.test(line.text) || !/^---/.test(line.text) ? '...' : '---';
  const at = line.text.startsWith(mark) ? line : (lineAbove(text, line) ?? line);
  const message = `A profile is one YAML document: remove the line "${mark}".`;
  return { start: at.start, end: at.start + 3, message, corrected: blanked(text, at.start, at.start + at.text.length) };
};

export const directive: Rule = (site) =>
  site.line.text.startsWith('%')
    ? wholeLine(site, 'Profiles are always YAML 1.2: remove the line that begins with "%".')
    : undefined;

/** `use:source/tcp`, `use source/tcp`, `use = source/tcp`, `door` without its colon. */
export const colon: Rule = (site) => {
  const { line, code, text } = site;
  if (inFlow(site.scan, site.column)) return undefined;
  const glued = /^\s*(?:- )?([\w.-]+):(?=\S)(?!\/\/)/.exec(line.text);
  const corrected = without(site, line);
  if (glued) {
    const message = `A space is missing after "${glued[1]}:".`;
    return onLine(site, glued[0].length - (glued[1] ?? '').length - 1, glued[0].length, message, corrected);
  }
  if (/^\s*(?:- )?[\w./-]+\s*:(\s|$)/.test(line.text)) return undefined;
  const key = /^\s*(?:- )?([\w.-]+)(\s*=|\s|$)/.exec(line.text);
  if (!key || !['MULTILINE_IMPLICIT_KEY', 'MISSING_CHAR', 'BLOCK_AS_IMPLICIT_KEY'].includes(code)) return undefined;
  const name = key[1] ?? '';
  const from = line.text.indexOf(name);
  const message = key[2]?.includes('=')
    ? `Write "${name}:" with a colon, not with "=".`
    : `A colon is missing after "${name}".`;
  return onLine(site, from, from + name.length, message, blanked(text, line.start, line.start + line.text.length));
};

export const dash: Rule = (site) => {
  const { line, text } = site;
  const inline = /^\s*(?:- )?([\w.-]+):\s+(- )/.exec(line.text);
  if (inline) {
    const name = inline[1] ?? '';
    const message = `A list cannot begin behind "${name}:": write ${name}: […], or each "- item" on a line of its own.`;
    return onLine(site, inline[0].length - 2, inline[0].length, message, without(site, line));
  }
  if (!/^\s*- /.test(line.text)) return undefined;
  const above = lineAbove(text, line);
  if (above && /^\s*- /.test(above.text)) return indented(site, above);
  return wholeLine(site, 'A map has keys and no list items: remove the "- ", or indent the list below its key.');
};

/** A line indented deeper than the line above, although that one already has a value. */
export const deeper: Rule = (site) => {
  const { line, code, text } = site;
  if (code !== 'BLOCK_AS_IMPLICIT_KEY' && code !== 'MULTILINE_IMPLICIT_KEY') return undefined;
  const below = lineBelow(text, line);
  if (!below || below.indent <= line.indent || inFlow(site.scan, site.column)) return undefined;
  const value = /^\s*(?:- )?([\w.-]+):\s+(\S.*)$/.exec(line.text);
  if (!value) return undefined;
  const [, key = '', plain = ''] = value;
  if (key !== 'use' && /^[\w-]+\/[\w-]+$/.test(plain)) {
    const from = line.text.indexOf(plain);
    const message = `"use:" is missing: write it and the plugin on a line of their own below "${key}:".`;
    return onLine(site, from, from + plain.length, message, without(site, line));
  }
  return indented({ ...site, line: below }, line);
};

export const indentation: Rule = (site) => {
  if (site.code !== 'BAD_INDENT' || site.message.startsWith('Flow')) return undefined;
  const [nearest] = openLines(site.text, site.line).sort(
    (a, b) => Math.abs(a.indent - site.line.indent) - Math.abs(b.indent - site.line.indent),
  );
  return nearest && nearest.indent !== site.line.indent ? indented(site, nearest) : undefined;
};

export const nested: Rule = (site) => {
  const { line, code, text, column } = site;
  if (code !== 'BLOCK_AS_IMPLICIT_KEY') return undefined;
  const key = /^\s*(?:- )?([\w.-]+):\s+/.exec(line.text);
  if (!key) return undefined;
  const from = Math.min(key[0].length, Math.max(column, key[0].length));
  const corrected = blanked(text, line.start + from, line.start + line.text.length, 'n');
  const message = /^use:\s/.test(line.text.slice(from))
    ? `Write the options of "${key[1]}" in braces, { use: …, … }, or each on a line of its own.`
    : 'A value with ": " must be in quotes.';
  return onLine(site, from, line.text.trimEnd().length, message, corrected);
};
