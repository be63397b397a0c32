// Compiles the WebAssembly of camd into modules that can be bundled.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import wabt from '../../test/tools/wabt.ts';

/** Each becomes a `.wasm.ts` next to it. */
const SOURCES = ['plugins/kit/image/scan.wat', 'plugins/store/spool/crc32c.wat'];

export async function wasmModules(): Promise<[path: string, text: string][]> {
  const { parseWat } = await wabt();
  return SOURCES.map((source) => {
    const module = parseWat(source, readFileSync(source, 'utf8'), { simd: true });
    module.validate();
    const bytes = Buffer.from(module.toBinary({}).buffer);
    module.destroy();
    const made = `// Made of ${basename(source)} by "npm run generate". Do not edit.`;
    return [source.replace(/\.wat$/, '.wasm.ts'), `${made}\n\nexport default '${bytes.toString('base64')}';\n`];
  });
}
