// Checks imports with dependency-cruiser, and that it has read every file.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import {
  cruise,
  extractTSConfig,
  type ICruiseOptions,
  type ICruiseResult,
} from '../../test/tools/dependency-cruiser.ts';
import { sourceFiles } from './files.ts';

const FOLDERS = ['core', 'plugins', 'testing'];

/** `project` is the absolute path of the folder with core/, plugins/ and optionally testing/. */
export async function layers(project = process.cwd()): Promise<string[]> {
  const { forbidden, options, levels } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs');
  const cruised: ICruiseOptions = { ...options, baseDir: project, validate: true, ruleSet: { forbidden, options } };
  const { output } = await cruise(
    FOLDERS.filter((folder) => existsSync(join(project, folder))),
    cruised,
    undefined,
    { tsConfig: extractTSConfig('tsconfig.json') },
  );
  if (typeof output === 'string') return [`dependency-cruiser returned text: ${output}`];
  return [...unseen(output, project), ...outside(project, new RegExp(levels)), ...violations(output)];
}

function unseen({ modules }: ICruiseResult, project: string): string[] {
  const seen = new Set(modules.map(({ source }) => source));
  const files = FOLDERS.flatMap((folder) => sourceFiles(join(project, folder))).map((path) => relative(project, path));
  const missed = files.filter((path) => !seen.has(path)).map((path) => `${path} was not checked`);
  return files.length === 0 ? ['there are no source files to check'] : missed;
}

function outside(project: string, levels: RegExp): string[] {
  const files = sourceFiles(join(project, 'core')).map((path) => relative(project, path));
  return files.filter((path) => !levels.test(path)).map((path) => `core-has-levels: ${path} belongs to no level`);
}

function violations({ summary }: ICruiseResult): string[] {
  return summary.violations.map(({ rule, from, to, cycle }) => {
    const way = cycle ? cycle.map(({ name }) => name).join(' → ') : to;
    return `${rule.name}: ${from} → ${way}`;
  });
}
