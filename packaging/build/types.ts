// Writes the declarations of camd/plugin, camd/kit and camd/testing, with their imports, to dist/types/.

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const TSC = 'node_modules/typescript/bin/tsc';

export async function types(folder: string): Promise<void> {
  const entries = ['core/contract/plugin.ts', 'plugins/kit/index.ts', 'testing/index.ts'];
  const flags = [
    ...['--declaration', '--emitDeclarationOnly', '--noCheck', '--skipLibCheck', '--allowImportingTsExtensions'],
    ...['--module', 'NodeNext', '--moduleResolution', 'NodeNext', '--target', 'ES2022', '--types', 'node'],
    ...['--rootDir', '.', '--outDir', folder],
  ];
  await promisify(execFile)(process.execPath, [TSC, ...entries, ...flags]);
  for (const file of readdirSync(folder, { recursive: true }).map(String)) {
    if (!file.endsWith('.d.ts')) continue;
    const path = join(folder, file);
    // These declarations are used alone, so "./clock.ts" must be imported by its compiled name.
    writeFileSync(path, readFileSync(path, 'utf8').replace(/(from |import\()(['"]\.[^'"]*)\.ts(['"])/g, '$1$2.js$3'));
  }
}
