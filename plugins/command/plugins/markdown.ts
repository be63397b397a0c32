// Renders plugin documentation as Markdown for docs/reference. Pure.

import { shortName } from '../../../core/catalog/parsers.ts';
import type { OptionDoc, PluginDoc } from './describe.ts';

/** The page of one plugin. */
export function markdownPage(doc: PluginDoc): string {
  return [
    `# ${doc.use}`,
    '',
    `${doc.summary}.`,
    '',
    doc.description,
    '',
    ...(doc.provides === undefined
      ? [`Named by a source's \`parse:\` as \`${shortName(doc.use)}\`.`, '']
      : [`Provides: ${doc.provides.map((port) => `\`${port}\``).join(', ') || 'nothing to other nodes'}.`, '']),
    '## Options',
    '',
    ...(doc.options.length === 0 ? ['None.', ''] : doc.options.flatMap(option)),
    ...(doc.examples.length === 0 ? [] : [doc.examples.length === 1 ? '## Example' : '## Examples', '']),
    ...doc.examples.flatMap(({ title, yaml }) => [`${title}:`, '', '```yaml', yaml.trimEnd(), '```', '']),
  ].join('\n');
}

/** The index of all pages, by kind. */
export function markdownIndex(docs: readonly PluginDoc[], link: (doc: PluginDoc) => string): string {
  const kinds = [...new Set(docs.map(({ kind }) => kind))];
  return [
    '# Plugins',
    '',
    'One page per plugin, generated from its schema; `camd plugins USE` prints the same.',
    '',
    ...kinds.flatMap((kind) => [
      `## ${kind}`,
      '',
      '| use | what it does | provides |',
      '|---|---|---|',
      ...docs
        .filter((doc) => doc.kind === kind)
        .map((doc) => `| [${doc.use}](${link(doc)}) | ${cell(doc.summary)} | ${(doc.provides ?? []).join(', ')} |`),
      '',
    ]),
  ].join('\n');
}

function option({ path, type, required, default: value, facts, description }: OptionDoc): string[] {
  const duty = required ? 'required' : value === undefined ? 'optional' : `default \`${value}\``;
  return [`### \`${path}\``, '', `${[type, duty, ...facts].join(' · ')}`, '', description, ''];
}

const cell = (text: string) => text.replace(/\|/g, '\\|');
