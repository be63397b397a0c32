// Programs that the test run starts: their output goes to the terminal, or is returned. Knows nothing of tests.

import { execFile, spawn } from 'node:child_process';

/** Runs a program with the terminal's own output; true when it exits 0. */
export async function finishes(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  return (await exitOf(argv, env)) === 0;
}

/** The exit code of a program that writes to the terminal; undefined when it was killed or could not start. */
export function exitOf(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number | undefined> {
  const [program = '', ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'], env });
    child.on('error', (error) => {
      process.stderr.write(`${program}: ${error.message}\n`);
      resolve(undefined);
    });
    child.on('close', (code) => resolve(code ?? undefined));
  });
}

/** What a program printed; undefined when it failed or is not there. */
export function outputOf(argv: readonly string[]): Promise<string | undefined> {
  const [program = '', ...args] = argv;
  return new Promise((resolve) => {
    execFile(program, args, { maxBuffer: 2 ** 20 }, (error, stdout) => resolve(error ? undefined : stdout));
  });
}
