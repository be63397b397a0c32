// The command line of the program that takes the pictures: rpicam-still, its older name, or what the profile says.

import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { environment } from '../../../core/contract/problems.ts';
import type { SourceStillOptions } from '../../../schemas/source/still.ts';

/** The same program; the second name is the one of Raspberry Pi OS before Bookworm. */
const PROGRAMS = ['rpicam-still', 'libcamera-still'] as const;

/**
 * @param file an absolute path, with `output: file`
 * @param path folders in which programs are looked for, as in $PATH
 * @throws Fault `environment`, `no-command`: neither program is installed
 */
export async function commandLine(
  options: SourceStillOptions,
  file: string | undefined,
  path: string,
): Promise<readonly string[]> {
  const argv = options.command ?? [await installed(path), ...stillArguments(options, file)];
  if (options.output === 'file') return argv;
  // rpicam-still writes "-" through stdio and flushes nothing: up to 4 KiB of a picture would come with the next one.
  return (await isInstalled('stdbuf', path)) ? ['stdbuf', '-o0', ...argv] : argv;
}

async function installed(path: string): Promise<string> {
  for (const program of PROGRAMS) if (await isInstalled(program, path)) return program;
  const names = PROGRAMS.join(' nor ');
  throw environment('no-command', `Neither ${names} was found: install rpicam-apps, or set "command".`);
}

async function isInstalled(program: string, path: string): Promise<boolean> {
  for (const folder of path.split(':')) {
    if (folder === '') continue;
    const found = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}

/** raspberrypi/rpicam-apps core/options.cpp and core/still_options.hpp; both programs take the same ones. */
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
