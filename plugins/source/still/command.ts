// The command line of the program that takes the pictures: rpicam-still, its older name, or the command of the profile.

import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { findProgram } from '../../../core/base/find-program.ts';
import { environment } from '../../../core/contract/problems.ts';
import type { SourceStillOptions } from '../../../schemas/source/still.ts';

/** One program; Raspberry Pi OS before Bookworm uses the second name. */
export const PROGRAMS = ['rpicam-still', 'libcamera-still'] as const;

const DIES_WITH_PARENT = ['setpriv', '--pdeathsig', 'KILL', '--'] as const;
/** setpriv takes some 2 ms; a machine that hangs must not delay the node's start. */
const MOST_MS = 5_000;

export interface CommandLine {
  /** The program that takes the pictures, for messages. */
  readonly program: string;
  /** The program, after the programs that start it. */
  readonly argv: readonly string[];
}

/**
 * @param file an absolute path, with `output: file`
 * @param path folders in which programs are searched, as in $PATH
 * @throws Fault `environment`, `no-command`: neither program is installed
 */
export async function commandLine(
  options: SourceStillOptions,
  file: string | undefined,
  path: string,
): Promise<CommandLine> {
  const command = options.command ?? [installed(path), ...stillArguments(options, file)];
  // If camd is killed, it cannot end its child, which would keep the camera in use.
  const dies = (await succeeds([...DIES_WITH_PARENT, 'true'], path)) ? DIES_WITH_PARENT : [];
  // rpicam-still writes "-" through stdio and flushes nothing: up to 4 KiB of a picture would arrive with the next one.
  const flushes = options.output === 'stdout' && findProgram('stdbuf', path) ? ['stdbuf', '-o0'] : [];
  return { program: basename(command[0] ?? ''), argv: [...dies, ...flushes, ...command] };
}

function installed(path: string): string {
  const program = PROGRAMS.find((name) => findProgram(name, path));
  if (program !== undefined) return program;
  const names = PROGRAMS.join(' nor ');
  throw environment('no-command', `Neither ${names} was found: install rpicam-apps, or set "command".`);
}

/**
 * The setpriv of Debian 13 (util-linux 2.41) always calls capset(2), and fails under a service that may not, as the
 * packaged unit. There systemd itself kills all children of a camd that was killed.
 */
function succeeds([program, ...argv]: readonly string[], path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(MOST_MS);
    const child = spawn(program ?? '', argv, { stdio: 'ignore', env: { PATH: path }, signal, killSignal: 'SIGKILL' });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

/** raspberrypi/rpicam-apps core/options.cpp and core/still_options.hpp; both programs accept the same ones. */
function stillArguments(options: SourceStillOptions, file: string | undefined): readonly string[] {
  const { width, height, quality, rotate, camera_number, trigger } = options;
  return [
    ...['--nopreview', '--timeout', '0', trigger === 'USR1' ? '--signal' : '--keypress'],
    ...(width === undefined ? [] : ['--width', String(width)]),
    ...(height === undefined ? [] : ['--height', String(height)]),
    ...['--quality', String(quality), '--thumb', 'none', '--camera', String(camera_number)],
    ...(rotate === 0 ? [] : ['--rotation', String(rotate)]),
    ...options.arguments,
    ...['--output', file ?? '-'],
  ];
}
