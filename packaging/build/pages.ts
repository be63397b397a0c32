// plugins/<kind>/<name>/page/ → dist/pages/<kind>/<name>/: scripts are bundled, everything else is copied.

import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { PAGE_BUNDLE } from '../../core/pages.ts';

export async function pages(folder: string): Promise<void> {
  const uses = readdirSync('plugins', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name === 'page')
    .map((entry) => entry.parentPath.replace(/^plugins\//, ''));
  for (const use of uses) await page(use, join(folder, use));
}

/** Scripts that stand right in page/ are entries; what they import lies deeper, or beside the plugin. */
async function page(use: string, folder: string): Promise<void> {
  const from = join('plugins', use, 'page');
  if (!existsSync(from)) return;
  mkdirSync(folder, { recursive: true });
  const files = readdirSync(from, { withFileTypes: true }).filter((entry) => entry.isFile());
  const scripts = files.filter(({ name }) => /(?<!\.d)\.tsx?$/.test(name)).map(({ name }) => join(from, name));
  for (const { name } of files.filter(({ name }) => !/\.tsx?$/.test(name))) {
    copyFileSync(join(from, name), join(folder, name));
  }
  if (scripts.length > 0) await build({ ...PAGE_BUNDLE, entryPoints: scripts, outdir: folder, logLevel: 'warning' });
}
