// The profile in the arguments of a command: a file or standard input, with the overrides.

import { join, resolve } from 'node:path';
import { type Args, type Io, UsageError } from '../../../core/cli/command.ts';
import { overridesOf, type ProfileSource } from '../../../core/cli/reading.ts';
import { textOf } from '../../../core/profile/source/disk.ts';
import { MAX_PROFILE_BYTES } from '../../../core/profile/source/include.ts';

/** The only profile, given as an argument or by --config. */
export function oneProfile(command: string, args: Args): string {
  const given = [args.text('config'), ...args.positionals].filter((file) => file !== undefined);
  const [file] = given;
  if (file === undefined) throw new UsageError(`camd ${command}: name a profile`);
  if (given.length > 1) throw new UsageError(`camd ${command}: name only one profile`);
  return file;
}

/** The profile in these arguments with its overrides; "-" is standard input. */
export async function sourceOf(io: Io, args: Args, file: string): Promise<ProfileSource> {
  const overrides = overridesOf(args);
  if (file !== '-') return { file, overrides };
  // Includes and paths are relative to the working folder.
  const path = join(resolve(io.cwd), STDIN_NAME);
  return { file: path, overrides, texts: new Map([[path, await readInput(io)]]) };
}

/** Name of standard input in problems. */
const STDIN_NAME = '<stdin>';

async function readInput(io: Io): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of io.input()) {
    size += part.length;
    if (size > MAX_PROFILE_BYTES) throw new UsageError(`standard input is larger than ${MAX_PROFILE_BYTES} bytes`);
    parts.push(part);
  }
  try {
    return textOf(Buffer.concat(parts, size));
  } catch (thrown) {
    throw new UsageError(`standard input: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}
