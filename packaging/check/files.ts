// Lists the project's own source files, without those of packages.

import { existsSync, readdirSync } from 'node:fs';

/** Paths of TypeScript files under a folder of the project, sorted; empty if the folder does not exist. */
export const sourceFiles = (folder: string): string[] => filesWith(/\.tsx?$/, folder);

/** Paths of the files under a folder whose names match, sorted; empty if the folder does not exist. */
export function filesWith(name: RegExp, folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesWith(name, path);
      return entry.isFile() && name.test(entry.name) ? [path] : [];
    })
    .sort();
}
