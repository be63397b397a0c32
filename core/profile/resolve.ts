// Resolves paths in a profile: relative to the profile's folder, "~" as the home folder.

import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** An absolute, normalised path. */
export function resolvePath(folder: string, path: string): string {
  if (path === '~' || path.startsWith('~/')) return join(homedir(), path.slice(1));
  return isAbsolute(path) ? resolve(path) : resolve(folder, path);
}
