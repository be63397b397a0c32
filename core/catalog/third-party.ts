// Finds third-party plugins (npm packages and local modules), imports them and checks their exports.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withDeadline } from '../base/deadline.ts';
import { FORMAT_NAMES, unknownFormats } from '../base/formats.ts';
import type { NodePlugin, ParserPlugin } from '../contract/plugin.ts';
import type { OptionSchema, PluginSchema } from '../contract/schema.ts';
import type { Compiler } from './ajv.ts';
import type { PluginFailure, PluginSource } from './catalog.ts';

/** A module that does not finish loading must not block the validation of a profile. */
const LOAD_TIMEOUT_MS = 10_000;
const MAX_PLUGINS_PER_MODULE = 200;
const USE = /^[a-z0-9][a-z0-9._-]*\/[a-z0-9][a-z0-9._-]*$/;

export interface ForeignPlugin {
  readonly use: string;
  readonly origin: string;
  readonly schema: PluginSchema;
  readonly plugin: NodePlugin | ParserPlugin;
  /** Changes when its module changes. */
  readonly revision: string;
}

/** Never rejects: an unusable source is returned as a failure with its index. */
export async function loadPlugins(
  sources: readonly PluginSource[],
  taken: (use: string) => boolean,
  compiler: Compiler,
): Promise<{ plugins: readonly ForeignPlugin[]; failures: readonly PluginFailure[] }> {
  const plugins: ForeignPlugin[] = [];
  const failures: PluginFailure[] = [];
  for (const [index, source] of sources.entries()) {
    try {
      const revision = revisionOf(locatePlugin(source));
      const exported = await importDefault(revision);
      const list: unknown[] = Array.isArray(exported) ? exported : [exported];
      if (list.length > MAX_PLUGINS_PER_MODULE) throw new Error(`it has more than ${MAX_PLUGINS_PER_MODULE} plugins`);
      for (const item of list) {
        const plugin = { ...checkPlugin(item, source.specifier), revision };
        if (taken(plugin.use) || plugins.some(({ use }) => use === plugin.use)) {
          throw new Error(`there is a plugin ${plugin.use} already`);
        }
        const { examples: _examples, ...schema } = plugin.schema;
        await compiler.compile(schema, true);
        const [format] = unknownFormats(schema);
        if (format)
          throw new Error(`${plugin.use} uses the unknown format "${format}"; known are ${FORMAT_NAMES.join(', ')}`);
        plugins.push(plugin);
      }
    } catch (error) {
      failures.push({ index, message: `Cannot use the plugin ${source.specifier}: ${reason(error)}.` });
    }
  }
  return { plugins, failures };
}

/** True if an item of `plugins:` is a path and not a package name. */
export const isLocal = (specifier: string): boolean => /^\.{1,2}\//.test(specifier) || isAbsolute(specifier);

/** The absolute path of the module. */
function locatePlugin({ specifier, folder }: PluginSource): string {
  if (isLocal(specifier)) {
    const path = resolve(folder, specifier);
    if (!existsSync(path)) throw new Error(`there is no file ${path}`);
    return path;
  }
  if (!/^(?:@[\w.-]+\/)?[\w.-]+$/.test(specifier)) {
    throw new Error('it is neither the name of an npm package nor a path that begins with "./", "../" or "/"');
  }
  const places = createRequire(join(folder, 'profile.yaml')).resolve.paths(specifier) ?? [];
  const own = createRequire(import.meta.url).resolve.paths(specifier) ?? [];
  for (const place of [...places, ...own]) {
    const manifest = join(place, specifier, 'package.json');
    if (existsSync(manifest)) return join(place, specifier, entryOf(JSON.parse(readFileSync(manifest, 'utf8'))));
  }
  throw new Error(`it is not installed; run "npm install ${specifier}" in ${folder}`);
}

/** The entry point that `import` of a package would choose: "exports" first, then "main". */
function entryOf(manifest: unknown): string {
  const { exports, main } = (manifest ?? {}) as { exports?: unknown; main?: unknown };
  const resolveEntry = (value: unknown, depth: number): string | undefined => {
    if (typeof value === 'string') return value;
    if (typeof value !== 'object' || value === null || depth > 8) return undefined;
    const entries = Object.entries(value);
    if (entries.some(([key]) => key.startsWith('.'))) return resolveEntry(Object.fromEntries(entries)['.'], depth + 1);
    for (const [key, inner] of entries) {
      const found = ['node', 'import', 'module-sync', 'default'].includes(key)
        ? resolveEntry(inner, depth + 1)
        : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return resolveEntry(exports, 0) ?? (typeof main === 'string' ? main : 'index.js');
}

/** The module's URL with the time of its last change, so that a reload loads a changed one. Changes in its own imports are not detected. */
function revisionOf(path: string): string {
  const { mtimeMs, size } = statSync(path);
  return `${pathToFileURL(path).href}?changed=${mtimeMs}-${size}`;
}

async function importDefault(url: string): Promise<unknown> {
  const late = (): Error => new Error(`it did not load within ${LOAD_TIMEOUT_MS / 1000} s`);
  const module: { default?: unknown } = await withDeadline({ ms: LOAD_TIMEOUT_MS, late }, () => import(url));
  return module.default;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION') {
    return 'this Node.js does not run files of that kind; compile it to .mjs';
  }
  return (error.message.split('\n')[0] ?? '').replace(/\.$/, '');
}

/** Throws if it is not a plugin. */
export function checkPlugin(value: unknown, origin: string): Omit<ForeignPlugin, 'revision'> {
  if (typeof value !== 'object' || value === null) {
    throw new Error('its default export must be { use, schema, start } or a list of such');
  }
  const { use, schema } = value as { use?: unknown; schema?: unknown };
  if (typeof use !== 'string' || !USE.test(use)) throw new Error('its "use" must be like "acme/thing"');
  if (typeof schema !== 'object' || schema === null) throw new Error(`${use} has no "schema"`);
  const own = schema as Partial<PluginSchema> & OptionSchema;
  if (own.type !== 'object') throw new Error(`the schema of ${use} must have type "object"`);
  const complete = { summary: '', description: '', additionalProperties: false, ...own, title: use } as PluginSchema;
  if (own.parser === true && !isParser(value)) {
    throw new Error(`the schema of ${use} says that it is a parser, but it has no function "create"`);
  }
  if (isNode(value)) return { use, origin, schema: { ...complete, parser: false }, plugin: value };
  if (isParser(value)) return { use, origin, schema: { ...complete, parser: true }, plugin: value };
  throw new Error(`${use} has neither a function "start", as a node has, nor a function "create", as a parser has`);
}

const isNode = (value: object): value is NodePlugin => 'start' in value && typeof value.start === 'function';
const isParser = (value: object): value is ParserPlugin => 'create' in value && typeof value.create === 'function';
