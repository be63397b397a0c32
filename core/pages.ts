// Files for browsers that belong to a plugin (plugins/<use>/page/): as built into dist/pages, or built on the spot in a checkout.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownPackage } from './package.ts';

/** How scripts for browsers are bundled; the same for the build and for a checkout. */
export const PAGE_BUNDLE = {
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  jsx: 'automatic',
  jsxImportSource: 'preact',
} as const;

/**
 * The text of one file of a plugin's page: `pageFile('http/viewer', 'grid.js')` is the bundle of
 * plugins/http/viewer/page/grid.ts; any other ending is the file itself.
 */
export async function pageFile(use: string, name: string): Promise<string> {
  const { folder, built } = ownPackage();
  if (built) return readFile(join(folder, 'dist/pages', use, name), 'utf8');
  const source = join(folder, 'plugins', use, 'page', name);
  if (!name.endsWith('.js')) return readFile(source, 'utf8');
  // A checkout has esbuild; the name is kept from the bundler, which would want to take it along.
  const bundler = 'esbuild';
  const { build } = (await import(bundler)) as typeof import('esbuild');
  const entry = source.replace(/\.js$/, '.ts');
  const { outputFiles } = await build({ ...PAGE_BUNDLE, entryPoints: [entry], write: false, logLevel: 'silent' });
  return outputFiles[0]?.text ?? '';
}
