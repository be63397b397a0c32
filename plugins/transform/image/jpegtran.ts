// Turns a JPEG without loss by the program jpegtran, if its size allows that.

import { spawn } from 'node:child_process';
import { findProgram } from '../../../core/base/find-program.ts';
import { childEnvironment } from '../../kit/process/environment.ts';

const PROGRAM = 'jpegtran';
/** A larger result is not a valid picture. */
const MAX_OUTPUT = 256 * 1024 * 1024;
/** A run takes some 20 ms; one that hangs is killed. */
const MOST_MS = 10_000;

/** `arguments` from JPEGTRAN; undefined if the picture can only be turned with loss, or is damaged. */
export type Lossless = (jpeg: Buffer, argv: readonly string[]) => Promise<Buffer | undefined>;

/** undefined if the program is not installed in any folder of `path`. */
export function findJpegtran(path: string): Lossless | undefined {
  const program = findProgram(PROGRAM, path);
  return program === undefined ? undefined : (jpeg, argv) => transform(program, jpeg, argv);
}

function transform(program: string, jpeg: Buffer, argv: readonly string[]): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    // -perfect fails instead of dropping incomplete blocks at an edge.
    const child = spawn(program, ['-perfect', '-copy', 'all', ...argv], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: childEnvironment(process.env),
      timeout: MOST_MS,
      killSignal: 'SIGKILL',
    });
    const parts: Buffer[] = [];
    let length = 0;
    child.stdout.on('data', (part: Buffer) => {
      length += part.length;
      if (length <= MAX_OUTPUT) parts.push(part);
      else child.kill('SIGKILL');
    });
    child.on('error', () => resolve(undefined));
    child.on('close', (code) => resolve(code === 0 && length > 0 ? Buffer.concat(parts, length) : undefined));
    // jpegtran stops reading if it finds no picture, and reports that by its exit code.
    child.stdin.on('error', () => {});
    child.stdin.end(jpeg);
  });
}
