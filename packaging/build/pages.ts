// Builds plugins/<kind>/<name>/page/ into dist/pages/<kind>/<name>/: bundles scripts and styles, and copies other files.

import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { PAGE_BUNDLE, SHARED_PAGE } from '../../plugins/kit/page/files.ts';

export async function pages(folder: string): Promise<void> {
  const uses = readdirSync('plugins', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name === 'page' && !entry.parentPath.endsWith('plugins/kit'))
    .map((entry) => entry.parentPath.replace(/^plugins\//, ''));
  for (const use of uses) await page(use, join(folder, use));
}

/** Files directly in page/ are entries; their imports are deeper, next to the plugin, or in the shared folder. */
async function page(use: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const own = filesOf(join('plugins', use, 'page'));
  // The page's own files come last, so that they override shared files of the same name.
  for (const path of [...filesOf(SHARED_PAGE), ...own].filter((path) => !isBundled(path))) {
    copyFileSync(path, join(folder, path.slice(path.lastIndexOf('/') + 1)));
  }
  const entryPoints = own.filter((path) => isBundled(path) && !path.endsWith('.d.ts'));
  if (entryPoints.length > 0) await build({ ...PAGE_BUNDLE, entryPoints, outdir: folder, logLevel: 'warning' });
}

const isBundled = (path: string): boolean => /\.(tsx?|css)$/.test(path);

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => join(folder, name));
