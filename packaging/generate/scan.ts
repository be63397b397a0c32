// Compiles the WebAssembly scan for JPEG markers into a module that can be bundled.

import { readFileSync } from 'node:fs';
import wabt from 'wabt';

const SOURCE = 'plugins/kit/image/scan.wat';
const FILE = 'plugins/kit/image/scan.wasm.ts';

export async function markerScan(): Promise<[path: string, text: string][]> {
  const { parseWat } = await wabt();
  const module = parseWat(SOURCE, readFileSync(SOURCE, 'utf8'), { simd: true });
  module.validate();
  const bytes = Buffer.from(module.toBinary({}).buffer);
  module.destroy();
  const text = `// Made of scan.wat by "npm run generate". Do not edit.\n\nexport default '${bytes.toString('base64')}';\n`;
  return [[FILE, text]];
}
