// The browser files of a plugin (plugins/<use>/page/): prebuilt in dist/pages, or built on demand in a checkout.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownPackage } from '../../../core/base/package.ts';

/** Bundler options of browser scripts; the same for the build and for a checkout. */
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

/** Files of several pages: scripts and styles are imported from here, every other file is part of each page. */
export const SHARED_PAGE = 'plugins/kit/page/shared';

const isBundled = (name: string): boolean => /\.(js|css)$/.test(name);

/**
 * The text of one file of a plugin's page: `pageFile('http/viewer', 'grid.js')` is the bundle of
 * plugins/http/viewer/page/grid.ts; a style sheet includes its imports; with any other ending it is the file
 * itself, or the one that all pages share.
 */
export async function pageFile(use: string, name: string): Promise<string> {
  const { folder, built } = ownPackage();
  if (built) return readFile(join(folder, 'dist/pages', use, name), 'utf8');
  const own = join(folder, 'plugins', use, 'page', name);
  if (!isBundled(name)) return readFile(existsSync(own) ? own : join(folder, SHARED_PAGE, name), 'utf8');
  // A checkout has esbuild. The variable hides its name from the bundler, which would include it otherwise.
  const bundler = 'esbuild';
  const { build } = (await import(bundler)) as typeof import('esbuild');
  const entry = own.replace(/\.js$/, '.ts');
  const { outputFiles } = await build({ ...PAGE_BUNDLE, entryPoints: [entry], write: false, logLevel: 'silent' });
  return outputFiles[0]?.text ?? '';
}
