// Lists the project's own source files, without those of packages.

import { existsSync, readdirSync } from 'node:fs';

/** Paths of TypeScript files under a folder of the project, sorted; empty if the folder does not exist. */
export function sourceFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sourceFiles(path);
      return entry.isFile() && /\.tsx?$/.test(entry.name) ? [path] : [];
    })
    .sort();
}
