// registry/list: cameras and their tokens, listed in the profile.

import { defineNode, type Finding } from '../../core/contract/plugin.ts';
import type { RegistryListOptions } from '../../schemas/registry/list.ts';
import { pageOf } from '../kit/ingest/page.ts';
import { checkTokens, createTokens } from '../kit/ingest/tokens.ts';

export default defineNode<RegistryListOptions>({
  check({ cameras, tokens = {}, ...options }) {
    const known = Array.isArray(cameras) ? cameras : Object.keys(cameras);
    const unknown = Object.keys(tokens).filter((id) => !known.includes(id));
    return [
      ...unknown.map((id): Finding => {
        const message = `tokens: "${id}" is not a camera of this registry; add it to "cameras" or remove its token.`;
        return { option: 'tokens', code: 'unknown-option', message };
      }),
      ...checkTokens(options),
    ];
  },
  start(node) {
    const { cameras, tokens: stored = {}, token, secret } = node.options;
    const known = new Map(Array.isArray(cameras) ? cameras.map((id) => [id, {}] as const) : Object.entries(cameras));
    const ids = [...known.keys()].sort();
    const form = token ?? (node.options.tokens === undefined ? undefined : 'stored');
    const tokens = createTokens(
      node.id,
      { ...(form && { token: form }), ...(secret !== undefined && { secret }) },
      node.log,
    );
    return {
      registry: {
        lookup: async (camera) => known.get(camera),
        list: async (page) => pageOf(ids, page),
        verify: async (id, given) => tokens.verdict(known.has(id) ? { id, token: stored[id] } : undefined, given),
        watch: () => () => {},
      },
    };
  },
});
