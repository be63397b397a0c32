// A copy of the project for faults; runs test files in it under a time limit.

import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { compile, compiledOf, NODE_OPTIONS } from '../compile.ts';

/** Linked instead of copied, because they are not changed. */
const SHARED = ['node_modules', 'test/node_modules', 'dist'];

export type Verdict = 'passed' | 'failed' | 'late';

export interface Preload {
  readonly module: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface Checkout {
  readonly folder: string;
  /** Runs one test file, and ends it with all its processes after the time limit. `preload` is a module that is loaded first. */
  test(file: string, boundMs: number, preload?: Preload): Promise<Verdict>;
  /** Changes a file while `work` runs. */
  with<T>(file: string, change: (text: string) => string, work: () => Promise<T>): Promise<T>;
  remove(): void;
}

/** `files`: the paths of the project's files, relative to `root`. */
export async function checkout(files: readonly string[], root = '.'): Promise<Checkout> {
  const folder = mkdtempSync(join(tmpdir(), 'camd-mutate-'));
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  for (const name of SHARED) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    symlinkSync(resolve(name), join(folder, name));
  }
  await compile(folder);
  return {
    folder,
    test: (file, boundMs, preload) => runTest(folder, file, boundMs, preload),
    async with(file, change, work) {
      const path = join(folder, file);
      const text = readFileSync(path, 'utf8');
      const write = (changed: string): Promise<unknown> => {
        writeFileSync(path, changed);
        return compile(folder, [file]);
      };
      try {
        await write(change(text));
        return await work();
      } finally {
        await write(text);
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function runTest(folder: string, file: string, boundMs: number, preload?: Preload): Promise<Verdict> {
  const env = { ...process.env, TAP_BAIL: '1', TAP_TIMEOUT: String(Math.ceil(boundMs / 1000)), ...preload?.env };
  const argv = [...NODE_OPTIONS, ...(preload ? [`--import=${preload.module}`] : []), compiledOf(file)];
  const child = spawn(process.execPath, argv, { cwd: folder, env, stdio: 'ignore', detached: true });
  return new Promise((settle) => {
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      endGroup(child.pid);
    }, boundMs);
    const end = (verdict: Verdict): void => {
      clearTimeout(late);
      // Processes that the test has left behind would slow down the next one.
      endGroup(child.pid);
      settle(isLate ? 'late' : verdict);
    };
    child.once('error', () => end('failed'));
    child.once('exit', (code) => end(code === 0 ? 'passed' : 'failed'));
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group has ended already.
  }
}
