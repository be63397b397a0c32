// The version of camd, as its package.json has it.

import { ownPackage } from '../base/package.ts';

export const version = (): string => ownPackage().version;
