// Finds camd's package folder, both in a checkout and in the bundle.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorCode } from './reason.ts';

export interface OwnPackage {
  /** Absolute. */
  readonly folder: string;
  readonly version: string;
  /** True when this code runs from the built `dist`. */
  readonly built: boolean;
}

/** Folder of optional packages added by `camd plugins install`. Outside of camd's own folder, which system packages replace. */
export const packagesFolder = (env: Readonly<Record<string, string | undefined>>): string =>
  env.CAMD_PACKAGES ?? '/usr/local/lib/camd';

/** The nearest parent folder whose package.json is camd's. */
export function ownPackage(): OwnPackage {
  const here = dirname(fileURLToPath(import.meta.url));
  for (let folder = here; ; folder = dirname(folder)) {
    const found = manifest(join(folder, 'package.json'));
    if (found?.name === 'camd') {
      return { folder, version: String(found.version), built: here.startsWith(join(folder, 'dist')) };
    }
    if (folder === dirname(folder)) throw new Error(`No package.json of camd above ${here}.`);
  }
}

const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EACCES']);

function manifest(path: string): { name?: unknown; version?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch (thrown) {
    // A file that exists but cannot be opened, for example without a free file descriptor, does not justify searching further up.
    if (thrown instanceof SyntaxError || ABSENT.has(errorCode(thrown) ?? '')) return undefined;
    throw thrown;
  }
}
