// Renders plugin documentation for a terminal. Pure.

import { shortName } from '../../../core/catalog/parsers.ts';
import { columns } from '../../../core/cli/columns.ts';
import type { OptionDoc, PluginDoc } from './describe.ts';

const WIDTH = 96;

export function textPage(doc: PluginDoc, color: boolean): string {
  const bold = (text: string) => (color ? `\u001b[1m${text}\u001b[22m` : text);
  const provides =
    doc.provides === undefined
      ? `Named by a source's parse: as "${shortName(doc.use)}".`
      : `Provides: ${doc.provides.join(', ') || 'nothing to other nodes'}.`;
  return [
    `${bold(doc.use)}: ${doc.summary}.`,
    '',
    ...wrap(doc.description, ''),
    '',
    provides,
    '',
    bold('Options'),
    ...(doc.options.length === 0 ? ['  none', ''] : doc.options.flatMap((option) => optionLines(option, bold))),
    ...doc.examples.flatMap(({ title, yaml }) => [
      bold(`Example: ${title}`),
      ...yaml
        .trimEnd()
        .split('\n')
        .map((line) => (line === '' ? '' : `  ${line}`)),
      '',
    ]),
  ].join('\n');
}

/** All plugins with their summaries, grouped by kind. */
export function textList(docs: readonly (PluginDoc & { readonly origin: string })[], color: boolean): string {
  const rows = docs.map(({ use, summary, origin }) => [
    `  ${use}`,
    origin === 'builtin' ? summary : `${summary} (from ${origin})`,
  ]);
  const lines = columns(rows).split('\n');
  return docs
    .flatMap(({ kind }, index) => {
      const heading = color ? `\u001b[1m${kind}\u001b[22m` : kind;
      const starts = docs[index - 1]?.kind !== kind;
      return [...(starts ? [...(index > 0 ? [''] : []), heading] : []), lines[index] ?? ''];
    })
    .concat('')
    .join('\n');
}

function optionLines(
  { path, type, required, default: value, facts, description }: OptionDoc,
  bold: (text: string) => string,
): string[] {
  const duty = required ? 'required' : value === undefined ? 'optional' : `default ${value}`;
  return [
    `  ${bold(path)}  ${duty}`,
    ...wrap([type, ...facts].join('; ').replace(/`/g, ''), '      '),
    ...wrap(description, '      '),
    '',
  ];
}

function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(indent + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, indent + line];
}
