// Generates docs/reference: one page per plugin, and an index.

import { describe, type PluginDoc } from '../../plugins/command/plugins/describe.ts';
import { markdownIndex, markdownPage } from '../../plugins/command/plugins/markdown.ts';
import { pluginSchemas } from './schemas.ts';

/** Path of each generated file → its text. */
export function referencePages(): Map<string, string> {
  const docs = pluginSchemas().map(describe);
  const pages = docs.map((doc) => [`docs/reference/${fileName(doc)}`, markdownPage(doc)] as const);
  return new Map([...pages, ['docs/reference/README.md', markdownIndex(docs, fileName)]]);
}

const fileName = ({ use }: PluginDoc) => `${use.replace('/', '-')}.md`;
