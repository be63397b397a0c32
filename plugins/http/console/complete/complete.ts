// Completions at a position of a profile, with documentation: keys, plugins, values, nodes and vars. Pure.

import type { KernelNode } from '../../../../core/contract/kernel.ts';
import type { OptionSchema, PluginSchema } from '../../../../core/contract/schema.ts';
import type { CompletionItem, Completions } from '../api/profile.ts';
import { branches, describe, detailOf, inside, properties } from './schemas.ts';
import { type Where, whereIs } from './where.ts';

/** Most items of one answer. */
export const MAX_ITEMS = 200;

export interface Knowledge {
  readonly uses: readonly string[];
  schema(use: string): PluginSchema | undefined;
  readonly profile: OptionSchema;
  /** Nodes of the running profile; nodes of the text are added. */
  readonly nodes: readonly Pick<KernelNode, 'id' | 'use' | 'provides'>[];
}

export function complete(text: string, offset: number, knowledge: Knowledge): Completions {
  const where = whereIs(text, offset);
  const { from, to, is, reference } = where;
  if (reference !== undefined) return ofReference(text, offset, reference);
  const scope = scopeOf(text, where, knowledge);
  const items = is === 'key' ? keys(scope, where) : values(scope, where, text, knowledge);
  const here = documentation(text, scope, where, knowledge);
  return { from, to, items: items.slice(0, MAX_ITEMS), ...(here ? { here } : {}) };
}

interface Scope {
  /** The schemas of the map at the offset. */
  readonly schemas: readonly OptionSchema[];
  readonly root: OptionSchema;
  /** True if the map is a node, where `use` and `like` are keys, too. */
  readonly isNode: boolean;
}

const NODE_KEYS: ReadonlyMap<string, string> = new Map([
  ['use', 'The plugin of this node, as kind/name.'],
  ['like', 'Takes the options of a template.'],
]);

function scopeOf(text: string, { path, siblings }: Where, { schema, profile }: Knowledge): Scope {
  const [top, id, ...rest] = path;
  const isNode = (top === 'pipeline' || top === 'templates') && id !== undefined;
  if (!isNode) {
    const start = branches(profile, profile);
    return { schemas: path.reduce((found, key) => inside(found, key, profile), start), root: profile, isNode: false };
  }
  const use = (rest.length === 0 ? siblings.get('use') : undefined) ?? useOf(text, top, id) ?? '';
  const plugin: OptionSchema = schema(unquoted(use)) ?? {};
  const own = rest[0] === 'parse' ? parserOf(text, id, schema) : undefined;
  const root = own ?? plugin;
  const steps = own ? rest.slice(1) : rest;
  return {
    schemas: steps.reduce((found, key) => inside(found, key, root), branches(root, root)),
    root,
    isNode: rest.length === 0,
  };
}

const unquoted = (text: string): string => text.replace(/^["']|["']$/g, '');

/** The plugin that a node of the text uses; the node may be written in any form. */
function useOf(text: string, top: string, id: string): string | undefined {
  const block = blockOf(text, top, id);
  return /(?:^|[\s{,])use:\s*["']?([\w-]+\/[\w-]+)/.exec(block)?.[1];
}

function parserOf(text: string, id: string, schema: Knowledge['schema']): OptionSchema | undefined {
  const name = /(?:^|[\s{,])parse:[\s\S]*?use:\s*["']?([\w/-]+)/.exec(blockOf(text, 'pipeline', id))?.[1] ?? '';
  return schema(name) ?? schema(`parse/${name}`);
}

/** The lines of an entry of a top-level map. */
function blockOf(text: string, top: string, id: string): string {
  const lines = text.split('\n');
  const begin = lines.findIndex((line) => line.startsWith(`${top}:`));
  const named = (line: string): boolean =>
    /^ +["']?/.test(line) &&
    line
      .trim()
      .replace(/^["']/, '')
      .replace(/["']?\s*:.*$/, '') === id;
  const at = lines.findIndex((line, index) => index > begin && named(line));
  if (begin < 0 || at < 0) return '';
  const indent = /^ */.exec(lines[at] ?? '')?.[0].length ?? 0;
  const end = lines.findIndex(
    (line, index) => index > at && line.trim() !== '' && (/^ */.exec(line)?.[0].length ?? 0) <= indent,
  );
  return lines.slice(at, end < 0 ? undefined : end).join('\n');
}

function keys({ schemas, root, isNode }: Scope, { siblings }: Where): CompletionItem[] {
  const own = [...properties(schemas)].filter(([name]) => !siblings.has(name));
  const required = new Set(schemas.flatMap((one) => one.required ?? []));
  const items = own.map(([name, schema]): CompletionItem => {
    const all = branches(schema, root);
    return {
      label: name,
      is: 'key',
      detail: `${required.has(name) ? 'required, ' : ''}${detailOf(all)}`,
      documentation: describe(all),
      insert: `${name}: `,
    };
  });
  const first = items.filter(({ label }) => required.has(label));
  const node = isNode
    ? [...NODE_KEYS].flatMap(([label, documentation]): CompletionItem[] =>
        siblings.has('use') || siblings.has('like') ? [] : [{ label, is: 'key', documentation, insert: `${label}: ` }],
      )
    : [];
  return [...node, ...first, ...items.filter((item) => !first.includes(item))];
}

function values(
  { schemas, root, isNode }: Scope,
  { key, path }: Where,
  text: string,
  knowledge: Knowledge,
): CompletionItem[] {
  if (isNode && key === 'use') return plugins(knowledge);
  if (isNode && key === 'like')
    return namesIn(text, 'templates').map((label) => ({ label, is: 'value', detail: 'template' }));
  const own = inside(schemas, key, root);
  const all = [...own, ...own.flatMap(({ items }) => (items ? branches(items, root) : []))];
  const ports = all.find(({ reference }) => reference)?.reference?.ports;
  if (ports) return nodesWith(ports, path[1], text, knowledge);
  if (all.some(({ parse }) => parse === true)) return plugins(knowledge, true);
  const fixed = all.flatMap(({ enum: values = [], const: one }) => (one === undefined ? values : [...values, one]));
  const flags = all.some(({ type }) => [type].flat().includes('boolean')) ? [true, false] : [];
  const examples = all.flatMap(({ examples = [], default: initial }) =>
    initial === undefined ? examples : [initial, ...examples],
  );
  const labels = [...fixed, ...flags, ...examples].filter((one) => typeof one !== 'object').map(String);
  return [...new Set(labels)].map((label) => ({ label, is: 'value' }));
}

function plugins({ uses, schema }: Knowledge, parsers = false): CompletionItem[] {
  return uses.flatMap((use): CompletionItem[] => {
    const found = schema(use);
    if (!found || (found.parser === true) !== parsers) return [];
    return [
      {
        label: parsers ? use.replace(/^parse\//, '') : use,
        is: 'plugin',
        detail: found.summary,
        documentation: found.description,
      },
    ];
  });
}

function nodesWith(
  ports: readonly string[],
  self: string | undefined,
  text: string,
  { nodes, schema }: Knowledge,
): CompletionItem[] {
  const found = new Map(nodes.map(({ id, use, provides }) => [id, { use, provides }]));
  for (const id of namesIn(text, 'pipeline')) {
    const use = useOf(text, 'pipeline', id);
    const provides = use === undefined ? undefined : schema(use)?.provides;
    if (use !== undefined && provides) found.set(id, { use, provides });
  }
  return [...found].flatMap(([label, { use, provides }]): CompletionItem[] =>
    label !== self && ports.every((port) => provides.includes(port)) ? [{ label, is: 'node', detail: use }] : [],
  );
}

/** The keys of a top-level map, in block form. */
function namesIn(text: string, top: string): string[] {
  const lines = text.split('\n');
  const begin = lines.findIndex((line) => line.startsWith(`${top}:`));
  if (begin < 0) return [];
  const end = lines.findIndex((line, index) => index > begin && /^[^\s#]/.test(line));
  const own = lines.slice(begin + 1, end < 0 ? undefined : end).filter((line) => /^ +[^\s#-]/.test(line));
  const indent = Math.min(...own.map((line) => /^ */.exec(line)?.[0].length ?? 0));
  return own.flatMap((line) => new RegExp(`^ {${indent}}["']?([\\w.-]+)["']?\\s*:`).exec(line)?.[1] ?? []);
}

function ofReference(text: string, offset: number, typed: string): Completions {
  const from = offset - typed.length;
  const vars = namesIn(text, 'vars').map(
    (name): CompletionItem => ({ label: `var:${name}`, is: 'variable', insert: `var:${name}}` }),
  );
  return { from, to: offset, items: vars };
}

function documentation(
  text: string,
  scope: Scope,
  { is, key, from, to }: Where,
  { schema }: Knowledge,
): Completions['here'] {
  const word = text.slice(from, to);
  const plugin = is === 'value' && key === 'use' ? schema(word) : undefined;
  if (plugin) return { from, to, title: `${plugin.title}: ${plugin.summary}`, text: plugin.description };
  const name = is === 'key' ? word : key;
  const found = properties(scope.schemas).get(name);
  if (!found) {
    const known = scope.isNode ? NODE_KEYS.get(name) : undefined;
    return known === undefined ? undefined : { from, to, title: name, text: known };
  }
  const all = branches(found, scope.root);
  return { from, to, title: `${name}: ${detailOf(all)}`, text: describe(all) };
}
