// Creates a folder and its parents. Node's own recursive mkdir never returns if the kernel refuses with ENOENT, as below /proc.

import { mkdirSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** @returns the first folder that was created; undefined if all of them existed. Rejects with the system error. */
export async function makeFolder(path: string, mode = 0o777): Promise<string | undefined> {
  const missing: string[] = [];
  for (let at = resolve(path); !(await stat(at).then(() => true, isBarred)); at = dirname(at)) missing.unshift(at);
  for (const folder of missing) await mkdir(folder, { mode }).catch((cause) => unlessThere(folder, cause));
  if (missing.length === 0) refuseFile(path);
  return missing[0];
}

/** Synchronous variant of makeFolder. */
export function makeFolderSync(path: string, mode = 0o777): string | undefined {
  const missing: string[] = [];
  for (let at = resolve(path); !isThere(at); at = dirname(at)) missing.unshift(at);
  for (const folder of missing) {
    try {
      mkdirSync(folder, { mode });
    } catch (cause) {
      unlessThere(folder, cause);
    }
  }
  if (missing.length === 0) refuseFile(path);
  return missing[0];
}

function isThere(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (cause) {
    return isBarred(cause);
  }
}

/** A path that exists but cannot be read, for example without permission, ends the search upwards. */
const isBarred = (cause: unknown): boolean => codeOf(cause) !== 'ENOENT';

/** Another process may have created it in the meantime. */
function unlessThere(folder: string, cause: unknown): void {
  if (codeOf(cause) !== 'EEXIST' || !statSync(folder).isDirectory()) throw cause;
}

/** Throws unless the path is a folder: tries to create it. */
function refuseFile(path: string): void {
  try {
    mkdirSync(path);
  } catch (cause) {
    unlessThere(path, cause);
  }
}

const codeOf = (cause: unknown): unknown => (cause instanceof Error && 'code' in cause ? cause.code : undefined);
