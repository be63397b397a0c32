// Checks if a program is installed.

import { installProgram } from '../../../core/base/debian-packages.ts';
import { findProgram } from '../../../core/base/find-program.ts';
import type { Observation } from '../../../core/contract/plugin.ts';

/** `name`: a name to look up in PATH, or an absolute path. */
export function* examineProgram(name: string, option: string): Generator<Observation> {
  const path = findProgram(name);
  if (path !== undefined) {
    yield { is: 'fine', code: 'program', option, message: `${name} is installed${path === name ? '' : ` (${path})`}.` };
    return;
  }
  const fix = installProgram(name);
  yield {
    is: 'wrong',
    code: 'missing-program',
    option,
    message: `${name} is not installed, or this user may not run it.`,
    ...(fix === undefined ? {} : { fix }),
  };
}
