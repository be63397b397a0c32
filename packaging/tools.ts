// Installs the tools of test/package.json for tests and checks. Scripts of package.json run it first: tsx packaging/tools.ts && …

import { spawnSync } from 'node:child_process';
import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const FOLDER = 'test';
const LOCKED = join(FOLDER, 'package-lock.json');
const MODULES = join(FOLDER, 'node_modules');
/** npm writes it at the end of an installation. */
const INSTALLED = join(MODULES, '.package-lock.json');

type Packages = Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>;

/** Installs the tools of the lock file if they are missing; returns what to do if that fails. */
export function obtainTools(): string | undefined {
  if (isInstalled()) return undefined;
  const target = linkOf(MODULES);
  if (target !== undefined) {
    return `${MODULES} is a link to ${target}, whose packages are not those of ${LOCKED}; run "npm ci" there, or remove the link.`;
  }
  process.stderr.write(`Installing the tools for tests and checks (npm ci in ${FOLDER}/)\n`);
  const { status, error } = spawnSync('npm', ['ci'], { cwd: FOLDER, stdio: ['ignore', 2, 2] });
  if (status === 0 && isInstalled()) return undefined;
  const reason = error ? error.message : `"npm ci" in ${FOLDER}/ ended with exit code ${status}`;
  return `The tools for tests and checks could not be installed: ${reason}. They come from the npm registry; try again when it can be reached.`;
}

/** npm leaves out packages for other systems, and marks them as optional. */
function isInstalled(): boolean {
  const found = packagesOf(INSTALLED);
  return Object.entries(packagesOf(LOCKED)).every(([path, { version, optional }]) => {
    const installed = found[path];
    return path === '' || (installed ? installed.version === version : optional === true);
  });
}

/** Empty if there is no such file. */
function packagesOf(lock: string): Packages {
  try {
    return (JSON.parse(readFileSync(lock, 'utf8')) as { packages: Packages }).packages;
  } catch {
    return {};
  }
}

function linkOf(path: string): string | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(path) : undefined;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const refusal = obtainTools();
  if (refusal !== undefined) {
    process.stderr.write(`${refusal}\n`);
    process.exitCode = 1;
  }
}
