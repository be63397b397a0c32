// registry/list: cameras that are listed in the profile.

import { defineNode } from '../../core/contract/plugin.ts';
import type { RegistryListOptions } from '../../schemas/registry/list.ts';

export default defineNode<RegistryListOptions>({
  start({ options: { cameras } }) {
    const known = new Map(Array.isArray(cameras) ? cameras.map((id) => [id, {}] as const) : Object.entries(cameras));
    const ids = [...known.keys()].sort();
    return {
      registry: {
        lookup: async (camera) => known.get(camera),
        list: async () => ids,
      },
    };
  },
});
