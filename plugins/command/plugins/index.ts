// `camd plugins` and `camd plugins USE`: lists the plugins, or prints one's documentation from its schema.

import type { Catalog } from '../../../core/catalog/catalog.ts';
import { findParser } from '../../../core/catalog/parsers.ts';
import { type Command, EXIT, UsageError } from '../../../core/cli/command.ts';
import { CONFIG } from '../../../core/cli/reading.ts';
import { didYouMean } from '../../../core/cli/suggest.ts';
import { catalogFor } from '../../kit/command/catalog.ts';
import { describe } from './describe.ts';
import { installPackages } from './install-packages.ts';
import { markdownPage } from './markdown.ts';
import { textList, textPage } from './text.ts';

const plugins: Command = {
  name: 'plugins',
  summary: 'List the plugins, print the documentation of one, or install packages that plugins need',
  usage: [
    'plugins [--format text|markdown|json] [--config PROFILE]',
    'plugins USE [--format text|markdown|json] [--config PROFILE]',
    'plugins install PACKAGE...',
  ],
  details:
    '--config adds the third-party plugins of a profile. "install" runs npm for optional packages such as sharp, where camd finds them.',
  options: {
    config: { ...CONFIG, description: 'a profile whose third-party plugins to include' },
    format: {
      type: 'string',
      choices: ['text', 'markdown', 'json'],
      default: 'text',
      description: 'json prints the schemas',
    },
  },
  words: { least: 0, most: 20 },

  async run(io, args) {
    const [use, ...others] = args.positionals;
    if (use === 'install') return installPackages(io, others);
    if (others.length > 0) throw new UsageError(`camd plugins: "${others[0]}" is one argument too many`);
    const catalog = await catalogFor(io, args.text('config'));
    const format = args.text('format');
    if (use === undefined) io.out(list(catalog, format, io.tty.out));
    else io.out(page(catalog, use, format, io.tty.out));
    return EXIT.ok;
  },
};

export default plugins;

function list(catalog: Catalog, format: string | undefined, color: boolean): string {
  if (format === 'json') return `${JSON.stringify(schemas(catalog), undefined, 2)}\n`;
  const docs = catalog.entries.flatMap(({ use, origin }) => {
    const schema = catalog.schema(use);
    return schema ? [{ ...describe(schema), origin }] : [];
  });
  if (format === 'markdown') return docs.map(markdownPage).join('\n');
  return textList(docs, color);
}

function page(catalog: Catalog, name: string, format: string | undefined, color: boolean): string {
  const known = catalog.entries.map(({ use }) => use);
  // Profiles name a parser without its kind, so this command accepts that form too.
  const use = known.includes(name) ? name : findParser(catalog, name);
  const schema = use === undefined ? undefined : catalog.schema(use);
  if (!schema) throw new UsageError(`There is no plugin "${name}"${didYouMean(name, known)}`);
  if (format === 'json') return `${JSON.stringify(schema, undefined, 2)}\n`;
  return format === 'markdown' ? markdownPage(describe(schema)) : textPage(describe(schema), color);
}

function schemas(catalog: Catalog): unknown {
  return catalog.entries.map(({ use }) => catalog.schema(use)).filter((schema) => schema !== undefined);
}
