// Runs the programs of the test run; their output goes to the terminal or is returned.

import { execFile, spawn } from 'node:child_process';

/** Colours and cursor movements, which are for terminals only (ECMA-48 §5.4). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
const ESCAPES = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;

/** Runs a program with its output on the terminal; true if it exits with 0. */
export async function finishes(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  return (await exitOf(argv, env)) === 0;
}

/** The exit code of a program with output on the terminal; undefined if it was killed or could not start. */
export function exitOf(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number | undefined> {
  const [program = '', ...args] = argv;
  const output = process.stdout.isTTY ? 'inherit' : 'pipe';
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', output, 'inherit'], env });
    let atMargin = true;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const plain = text.replace(ESCAPES, '');
      process.stdout.write(plain);
      if (plain !== '') atMargin = plain.endsWith('\n');
    });
    child.on('error', (error) => {
      process.stderr.write(`${program}: ${error.message}\n`);
      resolve(undefined);
    });
    child.on('close', (code) => {
      if (!atMargin || process.stdout.isTTY) process.stdout.write('\n');
      resolve(code ?? undefined);
    });
  });
}

/** Output of a program; undefined if it failed or does not exist. */
export function outputOf(argv: readonly string[]): Promise<string | undefined> {
  const [program = '', ...args] = argv;
  return new Promise((resolve) => {
    execFile(program, args, { maxBuffer: 2 ** 20 }, (error, stdout) => resolve(error ? undefined : stdout));
  });
}
