// Reads profiles for the commands and prints their problems in the requested format.

import { resolve } from 'node:path';
import type { Catalog } from '../catalog/catalog.ts';
import { createCatalog } from '../catalog/create.ts';
import type { Profile, Reading } from '../profile/profile.ts';
import { type ReadEnvironment, readProfile } from '../profile/read.ts';
import { renderProblems } from '../profile/show/render.ts';
import { readFromDisk } from '../profile/source/disk.ts';
import { type Override, parseOverride } from '../profile/source/override.ts';
import { type Args, EXIT, type Io, UsageError } from './command.ts';

/** A profile as named on the command line. */
export interface ProfileSource {
  /** Relative to the Io's folder. */
  readonly file: string;
  readonly overrides?: readonly Override[];
  /** Texts by absolute path, in place of the files on the disk. */
  readonly texts?: ReadonlyMap<string, string>;
}

/** Callers that read repeatedly should pass the catalog and the memory. With `inspect`, plugins check the options against this machine. */
export function read(
  io: Io,
  { file, overrides = [], texts }: ProfileSource,
  more: Partial<Pick<ReadEnvironment, 'catalog' | 'memory' | 'inspect'>> = {},
): Promise<Reading> {
  return readProfile(resolve(io.cwd, file), {
    env: io.env,
    readFile: async (path, limit) => texts?.get(path) ?? (await readFromDisk(path, limit)),
    overrides,
    ...more,
    catalog: more.catalog ?? createCatalog(io.builtins),
  });
}

/** The overrides from --set. Throws UsageError. */
export function overridesOf(args: Args): readonly Override[] {
  return args.texts('set').map((text) => {
    const parsed = parseOverride(text);
    // The text may hold a secret, so it is not repeated.
    if (typeof parsed === 'string') throw new UsageError(`--set ${parsed}`);
    return parsed;
  });
}

/** Returns a profile without errors; otherwise prints the problems and returns the exit code. */
export async function readGood(
  io: Io,
  source: ProfileSource,
): Promise<{ profile: Profile; catalog: Catalog } | { profile?: undefined; code: number }> {
  const { profile, catalog, problems, sources } = await read(io, source);
  if (problems.length > 0) {
    io.err(`${renderProblems(problems, sources, { format: 'text', cwd: io.cwd, color: io.tty.err })}\n`);
  }
  return profile ? { profile, catalog } : { code: EXIT.profile };
}

/** The profile for a command: an argument, or the value of --config. */
export const CONFIG = {
  type: 'string',
  short: 'c',
  value: 'PROFILE',
  description: 'the profile',
} as const;

/** Values that override those of the profile. */
export const SET = {
  type: 'string',
  multiple: true,
  value: 'PATH=VALUE',
  description: 'a value of the profile, such as pipeline.web.listen=:8081; may be repeated',
} as const;
