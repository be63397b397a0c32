// Puts a file in its place as a whole: an existing one stays unless it may be replaced, and nobody ever sees half of it.

import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Throws EEXIST when the file is there and may not be replaced. */
export function saveWhole(path: string, text: string, replace: boolean): void {
  const fresh = join(dirname(path), `.camd-init-${process.pid}.yaml`);
  try {
    const file = openSync(fresh, 'wx', 0o644);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    // A link, unlike a rename, never replaces.
    if (replace) renameSync(fresh, path);
    else linkSync(fresh, path);
  } finally {
    rmSync(fresh, { force: true });
  }
}
