// A folder with a copy of camd in node_modules, and node:test tests that run there.

import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** A copy of the built camd, as npm would install it; not the camd that runs this test. */
export function installCopy(cwd: string): void {
  const own = join(cwd, 'node_modules/camd');
  mkdirSync(own, { recursive: true });
  for (const part of ['dist', 'schemas', 'package.json']) cpSync(part, join(own, part), { recursive: true });
  symlinkSync(join(process.cwd(), 'node_modules'), join(own, 'node_modules'));
}

/** Runs `node --test` in this folder, for the tests with matching names. */
export function nodeTest(cwd: string, pattern = '.'): Promise<{ code: number; out: string }> {
  const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, ...env } = process.env;
  const argv = ['--test', '--test-reporter=tap', `--test-name-pattern=${pattern}`];
  return new Promise((resolve) => {
    execFile(process.execPath, argv, { cwd, env, timeout: 150_000 }, (error, out) =>
      resolve({ code: error ? Number(error.code ?? -1) : 0, out }),
    );
  });
}
