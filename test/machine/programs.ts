// Real programs from npm's and Python's index: installed in a folder of the test, started there, and stopped with it.

import { execFile, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Ending } from '../support/harness.ts';
import { until } from '../support/until.ts';

const execute = promisify(execFile);
/** Time limit of an installation. */
const INSTALL_MS = 900_000;
/** Programs of this size take a minute to start with both cores busy. */
const START_MS = 240_000;
/** Time between SIGTERM and SIGKILL. */
const END_MS = 10_000;
const OUTPUT_KEPT = 20_000;

/** A folder that is removed at the end of the test. */
export function temporaryFolder(t: Ending): string {
  const folder = mkdtempSync(join(tmpdir(), 'camd-works-with-'));
  chmodSync(folder, 0o755);
  t.teardown(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Installs a package of npm; returns its folder. */
export async function npmPackage(t: Ending, name: string, version: string): Promise<string> {
  const prefix = temporaryFolder(t);
  const argv = ['install', '--prefix', prefix, '--no-audit', '--no-fund', '--omit=dev', `${name}@${version}`];
  await execute('npm', argv, { cwd: prefix, timeout: INSTALL_MS });
  return join(prefix, 'node_modules', name);
}

/** Installs Python packages in a separate environment; returns the path of its interpreter. */
export async function pythonPackages(t: Ending, python: string, packages: readonly string[]): Promise<string> {
  const folder = temporaryFolder(t);
  await execute(python, ['-m', 'venv', folder]);
  const own = join(folder, 'bin/python');
  await pipInstall(own, packages);
  return own;
}

/** Adds packages to the environment of this interpreter. */
export async function pipInstall(python: string, packages: readonly string[]): Promise<void> {
  const argv = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages];
  await execute(python, argv, { timeout: INSTALL_MS });
}

export interface RealProgram {
  /** The end of its output. */
  output(): string;
  /** Waits for a condition; rejects with the program's output if the program ends first. */
  until<T>(look: () => T | undefined | false | Promise<T | undefined | false>, what: string): Promise<T>;
}

/** Starts a program in `cwd`, which is also its home folder, in a process group that ends with the test. */
export function startProgram(t: Ending, [command = '', ...args]: readonly string[], cwd: string): RealProgram {
  const env = { PATH: process.env.PATH, HOME: cwd, LANG: 'C.UTF-8' };
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  let ended = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = `${output}${chunk}`.slice(-OUTPUT_KEPT);
    });
  }
  const closed = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      output += error.message;
      ended = true;
      resolve();
    });
    child.once('close', () => {
      ended = true;
      resolve();
    });
  });
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // It has ended already.
    }
  };
  t.teardown(async () => {
    signal('SIGTERM');
    const timer = setTimeout(() => signal('SIGKILL'), END_MS);
    await closed;
    clearTimeout(timer);
    signal('SIGKILL');
  });
  return {
    output: () => output,
    until: (look, what) =>
      until(
        () => {
          if (ended) throw new Error(`${command} has ended: ${output.slice(-3000)}`);
          return look();
        },
        () => `${what}; ${command} has printed: ${output.slice(-3000)}`,
        START_MS,
      ),
  };
}
