// `camd plugins install`: runs npm to install optional packages where every camd on this machine finds them.

import { spawn } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolderSync } from '../../../core/base/make-folder.ts';
import { ownPackage, packagesFolder } from '../../../core/base/package.ts';
import { reason } from '../../../core/base/reason.ts';
import { EXIT, type Io, UsageError } from '../../../core/cli/command.ts';
import { didYouMean } from '../../../core/cli/suggest.ts';

/** Runs `npm install` with the versions that this camd was tested with, and without their install scripts. */
export async function installPackages(io: Io, names: readonly string[]): Promise<number> {
  const known = optionalPackages();
  const specifiers = names.map((name) => {
    const version = known.get(name);
    if (version !== undefined) return `${name}@${version}`;
    throw new UsageError(
      `camd has no optional package "${name}"${didYouMean(name, [...known.keys()])}; there are ${[...known.keys()].join(', ')}`,
    );
  });
  if (specifiers.length === 0)
    throw new UsageError(`camd plugins install: name one of ${[...known.keys()].join(', ')}`);

  const folder = packagesFolder(io.env);
  try {
    makeFolderSync(folder);
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    io.err(`Packages are installed in ${folder}, where this user may not write (${reason(cause)}); use sudo.\n`);
    return EXIT.crashed;
  }
  const code = await npm(['install', '--prefix', folder, '--ignore-scripts', '--no-fund', '--no-audit', ...specifiers]);
  if (code === 0) io.out(`Installed in ${folder}. Restart camd, or send SIGHUP, so that nodes that need them start.\n`);
  else if (code === undefined) io.err('npm is not installed; on Debian: sudo apt install npm\n');
  else io.err(`npm ended with ${code}; camd was not changed.\n`);
  return code === 0 ? EXIT.ok : EXIT.crashed;
}

/** Resolves with the exit code; undefined if npm is not installed. */
function npm(args: readonly string[]): Promise<number | undefined> {
  return new Promise((resolve) => {
    const child = spawn('npm', args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', () => resolve(undefined));
    child.once('exit', (code) => resolve(code ?? EXIT.crashed));
  });
}

function optionalPackages(): Map<string, string> {
  const manifest: unknown = JSON.parse(readFileSync(join(ownPackage().folder, 'package.json'), 'utf8'));
  if (typeof manifest !== 'object' || manifest === null || !('optionalDependencies' in manifest)) return new Map();
  return new Map(Object.entries(manifest.optionalDependencies as Record<string, string>));
}
