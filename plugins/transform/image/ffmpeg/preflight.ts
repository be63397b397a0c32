// Checks that the profile's encoder exists: the program, the encoder in it, and the device.

import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { installProgram } from '../../../../core/base/debian-packages.ts';
import { findProgram } from '../../../../core/base/find-program.ts';
import { environment, type Fault, sentence } from '../../../../core/contract/problems.ts';
import { childEnvironment } from '../../../kit/process/environment.ts';
import { ENCODERS, type Encoder } from './arguments.ts';

/** A list of encoders takes 100 ms. */
const MOST_MS = 15_000;
const MAX_LIST = 1024 * 1024;

/** Resolves with the program's path. Rejects with a Fault that names the missing part and what to do. */
export async function findFfmpeg(encoder: Encoder, device: string, path = process.env.PATH ?? ''): Promise<string> {
  const program = findProgram('ffmpeg', path);
  if (program === undefined) {
    throw missing(
      `The encoder "${encoder}" needs the program ffmpeg, which was not found: ${installProgram('ffmpeg')}.`,
    );
  }
  if (encoder === 'ffmpeg') return program;
  if (!(await encodersOf(program)).includes(ENCODERS[encoder])) {
    throw missing(
      `${program} has no encoder ${ENCODERS[encoder]}: install an ffmpeg that has it, or set encoder: ffmpeg.`,
    );
  }
  await access(device, constants.R_OK | constants.W_OK).catch((cause: unknown) => {
    const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const why = isAbsent ? 'does not exist' : 'cannot be opened by this user (group render or video)';
    throw missing(
      `The encoder "${encoder}" needs ${device}, which ${why}: name another device, or set encoder: ffmpeg.`,
      cause,
    );
  });
  return program;
}

const missing = (why: string, cause?: unknown): Fault => environment('no-encoder', why, cause);

/** " V....D mjpeg_vaapi          MJPEG (VAAPI)" → "mjpeg_vaapi". */
function encodersOf(program: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const options = { env: childEnvironment(process.env), timeout: MOST_MS, maxBuffer: MAX_LIST };
    execFile(program, ['-hide_banner', '-encoders'], options, (error, stdout) => {
      if (error) reject(missing(`${program} does not list its encoders: ${sentence(error)}.`, error));
      else resolve([...stdout.matchAll(/^ V\S* +(\S+)/gm)].map((match) => match[1] ?? ''));
    });
  });
}
