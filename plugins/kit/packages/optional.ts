// Loads an optional package: beside camd, or from the folder into which `camd plugins install` installs it.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packagesFolder } from '../../../core/base/package.ts';
import { environment } from '../../../core/contract/problems.ts';

/**
 * Returns the module that `load` imports. `needs` begins the sentence of the Fault for a missing package ("registry/sql needs").
 * `load` must contain the `import()` itself, so that a bundler sees the name.
 */
export async function optionalPackage<T>(name: string, needs: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const path = installed(name);
    if (path !== undefined) return await import(pathToFileURL(path).href);
    const message = `${needs} the package ${name}; install it with "camd plugins install ${name}".`;
    throw environment('missing-package', message, cause);
  }
}

function installed(name: string): string | undefined {
  try {
    return createRequire(join(packagesFolder(process.env), 'camd')).resolve(name);
  } catch {
    return undefined;
  }
}
