// A copy of the built camd that every user may read, regardless of the location of the tests.

import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ending } from './harness.ts';

/** Returns the path of its program. */
export function readableCopy(t: Ending): string {
  const folder = mkdtempSync(join(tmpdir(), 'camd-copy-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  for (const part of ['dist', 'schemas', 'package.json', 'packaging/sysctl.d']) {
    cpSync(part, join(folder, part), { recursive: true, filter: (path) => !path.startsWith('dist/types') });
  }
  return join(folder, 'dist/camd.mjs');
}
