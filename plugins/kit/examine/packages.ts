// Checks if an optional npm package is installed.

import type { Observation } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import { optionalPackage } from '../packages/optional.ts';

/** `load` contains the `import()` itself, so that a bundler sees the name. `option`: the option that needs the package. */
export async function* examinePackage(
  name: string,
  load: () => Promise<unknown>,
  option = 'use',
): AsyncGenerator<Observation> {
  try {
    await optionalPackage(name, 'This node needs', load);
    yield { is: 'fine', code: 'package', option, message: `The package ${name} is installed.` };
  } catch (cause) {
    const fix = `sudo camd plugins install ${name}`;
    yield { is: 'wrong', code: 'missing-package', option, message: sentence(cause), fix };
  }
}
