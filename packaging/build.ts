// Builds dist/: the bundle with its lazy chunks, browser files, compiled validators, and types for third-party plugins.

import { spawnSync } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import { bundle } from './build/bundle.ts';
import { pages } from './build/pages.ts';
import { types } from './build/types.ts';

/** `npm ci` in a clone skips them, because they take longer than everything else: `npm run build` and `npm pack` build them. */
const withTypes = !['ci', 'install'].includes(process.env.npm_command ?? '');
const started = performance.now();
// Built in a folder next to it and then moved, so that a running dist/ is missing only for a moment.
const fresh = `dist.${process.pid}`;
try {
  await Promise.all([bundle(fresh), pages(`${fresh}/pages`), withTypes ? types(`${fresh}/types`) : undefined]);
  rmSync('dist', { recursive: true, force: true });
  renameSync(fresh, 'dist');
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
// Without the code cache the program starts more slowly; the script has reported its failure by then.
spawnSync(process.execPath, ['dist/code-cache.mjs'], { stdio: ['ignore', 'ignore', 'inherit'] });
process.stdout.write(`dist/ built in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
