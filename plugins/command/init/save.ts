// Writes a file atomically: an existing one is kept unless it may be replaced, and no program ever reads half of it.

import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Throws EEXIST if the file exists and may not be replaced. */
export function saveWhole(path: string, text: string, replace: boolean): void {
  const temporary = join(dirname(path), `.camd-init-${process.pid}.yaml`);
  try {
    const file = openSync(temporary, 'wx', 0o644);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    // A link, unlike a rename, never replaces a file.
    if (replace) renameSync(temporary, path);
    else linkSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}
