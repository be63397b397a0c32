// The Debian packages for the tests: finds missing ones, and installs them if permitted.

import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { finishes, outputOf } from './process.ts';

const LIST = 'test/debian-packages.txt';

/** Packages of the list that are not installed. Without dpkg, a program with the package's name on the PATH is enough. */
export async function missingPackages(): Promise<string[]> {
  const required = readFileSync(LIST, 'utf8')
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
  const haveDpkg = (await outputOf(['dpkg-query', '--version'])) !== undefined;
  const missing: string[] = [];
  for (const name of required) {
    const present = haveDpkg ? await isInstalled(name) : onPath(name);
    if (!present) missing.push(name);
  }
  return missing;
}

/** Installs the packages; returns a sentence with the manual steps if that is not possible. */
export async function obtainPackages(names: readonly string[]): Promise<string | undefined> {
  const byHand = `The tests need these Debian packages, which are missing: ${names.join(' ')}\nInstall them with: sudo apt-get install ${names.join(' ')}`;
  const privilege = await rootPrefix();
  if (privilege === undefined || !onPath('apt-get')) return byHand;

  process.stdout.write(`# installing ${names.join(' ')}\n`);
  // RUNLEVEL=1 keeps Debian from starting a package's service: the tests start their own, on free ports.
  const apt = [...privilege, 'env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1', 'apt-get', '-qq'];
  const install = [...apt, 'install', '--yes', '--no-install-recommends', ...names];
  const done = (await finishes([...apt, 'update'])) && (await finishes(install));
  return done && (await missingPackages()).length === 0 ? undefined : byHand;
}

async function isInstalled(name: string): Promise<boolean> {
  const status = await outputOf(['dpkg-query', '--show', '--showformat=${db:Status-Status}', name]);
  return status?.trim() === 'installed';
}

/** Prefix for a command that must run as root; undefined if this user has no permission. */
async function rootPrefix(): Promise<readonly string[] | undefined> {
  if (process.getuid?.() === 0) return [];
  return (await outputOf(['sudo', '-n', 'true'])) === undefined ? undefined : ['sudo', '-n'];
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
