// Checks that all generated files match their sources.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export async function drift(): Promise<string[]> {
  try {
    await promisify(execFile)(process.execPath, ['--import=tsx', 'packaging/generate.ts', '--check']);
    return [];
  } catch (thrown) {
    const output = thrown instanceof Error && 'stderr' in thrown ? String(thrown.stderr) : String(thrown);
    return output.trimEnd().split('\n');
  }
}
