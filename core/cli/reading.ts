// Reads profiles for the commands and prints their problems in the requested format.

import { join, resolve } from 'node:path';
import type { Catalog } from '../catalog/catalog.ts';
import { createCatalog } from '../catalog/create.ts';
import type { Profile, Reading } from '../profile/profile.ts';
import { type ReadEnvironment, readProfile } from '../profile/read.ts';
import { renderProblems } from '../profile/show/render.ts';
import { readFromDisk, textOf } from '../profile/source/disk.ts';
import { MAX_PROFILE_BYTES } from '../profile/source/include.ts';
import { type Override, parseOverride } from '../profile/source/override.ts';
import { type Args, EXIT, type Io, UsageError } from './command.ts';

/** A profile as the command line names it. */
export interface ProfileSource {
  /** Relative to the Io's folder. */
  readonly file: string;
  readonly overrides?: readonly Override[];
  /** Texts by absolute path, in place of the files on the disk. */
  readonly texts?: ReadonlyMap<string, string>;
}

/** Callers that read repeatedly keep the catalog and the memory. With `inspect`, plugins report what this machine lacks. */
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

/** The file that these arguments name, with what they set; "-" is standard input. */
export async function sourceOf(io: Io, args: Args, file: string): Promise<ProfileSource> {
  const overrides = overridesOf(args);
  if (file !== '-') return { file, overrides };
  // Includes and paths are relative to the working folder.
  const path = join(resolve(io.cwd), STDIN_NAME);
  return { file: path, overrides, texts: new Map([[path, await readInput(io)]]) };
}

/** How problems name standard input. */
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

export function overridesOf(args: Args): readonly Override[] {
  return args.texts('set').map((text) => {
    const parsed = parseOverride(text);
    // The text may hold a secret, so it is not repeated.
    if (typeof parsed === 'string') throw new UsageError(`--set ${parsed}`);
    return parsed;
  });
}

/** A profile without errors; otherwise the problems were printed and this is the exit code. */
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

/** The catalog of a profile, or of camd alone without one. */
export async function catalogFor(io: Io, file: string | undefined): Promise<Catalog> {
  if (file === undefined) return createCatalog(io.builtins);
  const { catalog, problems, sources } = await read(io, { file });
  const broken = problems.filter(({ code }) => code === 'bad-plugin' || code === 'bad-yaml');
  if (broken.length > 0) {
    io.err(`${renderProblems(broken, sources, { format: 'text', cwd: io.cwd, color: io.tty.err })}\n`);
  }
  return catalog;
}

/** The profile that a command works on: an argument, or the value of --config. */
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
