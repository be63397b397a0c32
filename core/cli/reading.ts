// Reads profiles for the commands and prints their problems in the requested format.

import { resolve } from 'node:path';
import type { Catalog } from '../catalog/catalog.ts';
import { createCatalog } from '../catalog/create.ts';
import { createProfileMemory } from '../profile/memory.ts';
import type { Profile, Reading } from '../profile/profile.ts';
import { readProfile } from '../profile/read.ts';
import { renderProblems } from '../profile/show/render.ts';
import { readFromDisk } from '../profile/source/disk.ts';
import { EXIT, type Io } from './command.ts';

/** Reads one profile; its path is relative to the Io's folder. Callers that read repeatedly keep the catalog and the memory. */
export function read(
  io: Io,
  file: string,
  catalog = createCatalog(io.builtins),
  memory = createProfileMemory(),
): Promise<Reading> {
  return readProfile(resolve(io.cwd, file), { env: io.env, readFile: readFromDisk, catalog, memory });
}

/** How long plugins may look at devices. */
const INSPECT_MS = 60_000;

/** Reads it as `read` does; plugins also report what this machine lacks, such as a camera. */
export function inspect(io: Io, file: string): Promise<Reading> {
  const environment = { env: io.env, readFile: readFromDisk, catalog: createCatalog(io.builtins) };
  return readProfile(resolve(io.cwd, file), { ...environment, inspect: AbortSignal.timeout(INSPECT_MS) });
}

/** Reads it as `read` does, with these texts (by absolute path) in place of the files on the disk. */
export function readWith(io: Io, file: string, texts: ReadonlyMap<string, string>, catalog: Catalog): Promise<Reading> {
  const readFile = async (path: string, limit: number): Promise<string> =>
    texts.get(path) ?? (await readFromDisk(path, limit));
  return readProfile(resolve(io.cwd, file), { env: io.env, readFile, catalog });
}

/** A profile without errors; otherwise the problems were printed and this is the exit code. */
export async function readGood(
  io: Io,
  file: string,
): Promise<{ profile: Profile; catalog: Catalog } | { profile?: undefined; code: number }> {
  const { profile, catalog, problems, sources } = await read(io, file);
  if (problems.length > 0) {
    io.err(`${renderProblems(problems, sources, { format: 'text', cwd: io.cwd, color: io.tty.err })}\n`);
  }
  return profile ? { profile, catalog } : { code: EXIT.profile };
}

/** The catalog of a profile, or of camd alone without one. */
export async function catalogFor(io: Io, file: string | undefined): Promise<Catalog> {
  if (file === undefined) return createCatalog(io.builtins);
  const { catalog, problems, sources } = await read(io, file);
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
