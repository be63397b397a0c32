// Compiles each schema's validator ahead of time into dist/validators/<use>.cjs, so that a start does not wait for ajv.

import { createRequire } from 'node:module';
import { build } from 'esbuild';
import { createAjv } from '../../core/catalog/ajv.ts';
import type { OptionSchema } from '../../core/contract/schema.ts';
import { baseSchema, pluginSchemas } from '../generate/schemas.ts';

type Standalone = typeof import('ajv/dist/standalone/index.js').default;
const standalone: Standalone = createRequire(import.meta.url)('ajv/dist/standalone').default;

/** Texts of ES modules, by path below dist/. */
export async function validators(): Promise<Map<string, string>> {
  const ajv = await createAjv(false, { source: true, esm: false });
  // Examples are whole profiles and irrelevant to a validator.
  const plugins = pluginSchemas().map(({ examples: _examples, ...schema }) => [schema.title, schema] as const);
  const all: readonly (readonly [string, OptionSchema])[] = [['profile.base', baseSchema()], ...plugins];
  const made = all.map(async ([name, schema]) => {
    const { outputFiles } = await build({
      stdin: { contents: moduleOf(standalone(ajv, ajv.compile(schema))), resolveDir: '.' },
      bundle: true,
      format: 'esm',
      platform: 'node',
      minify: true,
      logLevel: 'warning',
      write: false,
    });
    return [`validators/${name}.mjs`, outputFiles[0]?.text ?? ''] as const;
  });
  return new Map(await Promise.all(made));
}

/** ajv writes CommonJS here (its ES modules still contain "require"); the bundler combines it with its helpers in one module. */
function moduleOf(code: string): string {
  return [
    'const module = { exports: {} };',
    code,
    'const check = module.exports;',
    'export const validate = (value) => (check(value) ? [] : (check.errors ?? []));',
  ].join('\n');
}
