// Bundles tap for the compiled tests: one file instead of 300 halves the time that a small test takes.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** Below a folder with a name that tap leaves out of the stacks it prints. */
const BUNDLE = 'node_modules/@tapjs/bundle.js';
const ENTRY = 'test/node_modules/tap/dist/esm/index.js';

/** The bundle that takes the place of `tap` in the folder `out`; undefined where tap is not installed. */
export async function bundleTap(root: string, out: string): Promise<string | undefined> {
  const entry = join(root, ENTRY);
  if (!existsSync(entry)) return undefined;
  const outfile = join(out, BUNDLE);
  if (existsSync(outfile)) return outfile;
  await build({
    ...{ entryPoints: [entry], outfile, bundle: true, format: 'esm', platform: 'node', target: 'node20' },
    minifyWhitespace: true,
    define: { 'process.env.NODE_ENV': '"production"' },
    // Some of its packages are CommonJS and require modules of Node.
    banner: { js: "import { createRequire as of } from 'node:module'; const require = of(import.meta.url);" },
    logLevel: 'error',
    plugins: [WITHOUT_REQUIRE],
  });
  return outfile;
}

/** One module requires a package by a name that a bundle cannot see. */
const WITHOUT_REQUIRE: Plugin = {
  name: 'without-require',
  setup({ onLoad }) {
    onLoad({ filter: /tcompare.dist.esm.react-element-to-jsx-string\.js$/ }, () => ({
      contents: "import printed from 'react-element-to-jsx-string'; export default printed.default ?? printed;",
    }));
  },
};
