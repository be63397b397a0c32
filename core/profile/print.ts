// A checked profile as a plain object for `camd print`: complete, units as written, secrets as "***".

import type { Catalog } from '../registry.ts';
import type { Profile } from './profile.ts';

/** Serialised as YAML it is a profile again, but for the secrets. `catalog` is that of the Reading. */
export function maskedProfile(_profile: Profile, _catalog: Catalog): Record<string, unknown> {
  throw new Error('not yet');
}
