// The version in camd's package.json.

import { ownPackage } from '../base/package.ts';

export const version = (): string => ownPackage().version;
