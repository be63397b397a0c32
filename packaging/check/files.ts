// Lists the project's own source files without generated ones.

import { existsSync, readdirSync } from 'node:fs';

/** Paths of TypeScript files under a folder of the project, sorted; none when there is no such folder. */
export function sourceFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .sort();
}
