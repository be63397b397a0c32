// Writes what follows from the schemas: option types, the profile schema and the reference pages. `--check` only compares.

import { readFileSync, writeFileSync } from 'node:fs';
import { optionTypes } from './generate/types.ts';

const checkOnly = process.argv.includes('--check');
const files = new Map<string, string>([...(await optionTypes())]);

const drifted: string[] = [];
for (const [path, wanted] of files) {
  if (readOr(path, '') === wanted) continue;
  drifted.push(path);
  if (!checkOnly) writeFileSync(path, wanted);
}
if (checkOnly && drifted.length > 0) {
  process.stderr.write(
    `These files do not follow from their schemas; run "npm run generate":\n  ${drifted.join('\n  ')}\n`,
  );
  process.exitCode = 1;
} else {
  process.stdout.write(`${files.size} files follow from the schemas, ${checkOnly ? 0 : drifted.length} written\n`);
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}
