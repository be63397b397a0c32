// A registry whose cameras, and their tokens, stand in the profile.

import { defineNode, misuse } from '../../core/contract/plugin.ts';
import type { RegistryListOptions } from '../../schemas/registry/list.ts';
import { createTokens } from '../kit/ingest/tokens.ts';

export default defineNode<RegistryListOptions>({
  start(node) {
    const { cameras, tokens: stored = {}, token, secret } = node.options;
    const known = new Map(Array.isArray(cameras) ? cameras.map((id) => [id, {}] as const) : Object.entries(cameras));
    const ids = [...known.keys()].sort();
    const stranger = Object.keys(stored).find((id) => !known.has(id));
    if (stranger !== undefined) throw misuse('unknown-camera', `"tokens" names ${stranger}, which "cameras" does not.`);
    const form = token ?? (node.options.tokens === undefined ? undefined : 'stored');
    const tokens = createTokens(
      node.id,
      { ...(form && { token: form }), ...(secret !== undefined && { secret }) },
      node.log,
    );
    return {
      registry: {
        lookup: async (camera) => known.get(camera),
        list: async () => ids,
        verify: async (id, given) => tokens.verdict(known.has(id) ? { id, token: stored[id] } : undefined, given),
        watch: () => () => {},
      },
    };
  },
});
