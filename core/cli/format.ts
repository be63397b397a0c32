// Reads the --format option and single arguments of a command. Pure; throws only UsageError.

import { type Args, UsageError } from './command.ts';

/** The one profile, given as an argument or by --config. */
export function oneProfile(command: string, args: Args): string {
  const given = [args.text('config'), ...args.positionals].filter((file) => file !== undefined);
  const [file] = given;
  if (file === undefined) throw new UsageError(`camd ${command}: name a profile`);
  if (given.length > 1) throw new UsageError(`camd ${command}: name only one profile`);
  return file;
}
