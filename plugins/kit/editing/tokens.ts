// Replaces secrets in a text by tokens, and puts the secrets back unless a token was moved.

import { createHmac, randomBytes } from 'node:crypto';
import { isScalar, parseDocument, type Scalar, visit } from 'yaml';
import { hiddenIn, type Secrets } from '../../../core/profile/values/secrets.ts';
import { createLru } from '../work/lru.ts';

/** Secrets kept in memory. */
export const MAX_TOKENS = 16_384;
const TOKEN = /__secret_[\w]{16}__/g;

export type Revealed = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

export interface Tokens {
  /** The same secret has the same token as long as camd runs. */
  conceal(file: string, text: string, secrets: Secrets): string;
  /**
   * The text with its secrets. `shown` is the text with tokens that was given out. A token may be removed, but must not be in a new
   * place, where its secret could be shown or sent.
   */
  reveal(text: string, shown: string): Revealed;
}

export function createTokens(): Tokens {
  const key = randomBytes(32);
  const secretOf = createLru<string, string>(MAX_TOKENS);
  const tokenOf = (secret: string): string => {
    const print = createHmac('sha256', key).update(secret).digest('base64url').replaceAll('-', '_').slice(0, 16);
    const token = `__secret_${print}__`;
    secretOf.set(token, secret);
    return token;
  };
  return {
    conceal(file, text, secrets) {
      let result = '';
      let at = 0;
      for (const { start, end } of hiddenIn(file, text, secrets)) {
        result += text.slice(at, start) + tokenOf(text.slice(start, end));
        at = end;
      }
      return result + text.slice(at);
    },
    reveal(text, shown) {
      const hasUnknown = [...text.matchAll(TOKEN)].some(([token]) => secretOf.get(token) === undefined);
      if (hasUnknown) return { ok: false, message: 'A token of a secret is no longer valid; load the profile again.' };
      if (moved(text, shown)) {
        const message = 'A token of a secret was moved; a secret may only stay in its place or be removed.';
        return { ok: false, message };
      }
      return { ok: true, text: text.replaceAll(TOKEN, (token) => secretOf.get(token) ?? token) };
    },
  };
}

/** True if a token is in a place where it was not before. Outside of values, only the number of tokens counts. */
function moved(text: string, shown: string): boolean {
  if (!text.includes('__secret_')) return false;
  const [before, after] = [placesOf(shown), placesOf(text)];
  for (const [place, tokens] of after.values) {
    const old = before.values.get(place);
    // A text that is not valid YAML is never saved.
    if (old === undefined || tokens.some((token, index) => token !== old[index]) || tokens.length > old.length)
      return true;
  }
  return [...after.others].some(([token, count]) => count > (before.others.get(token) ?? 0));
}

function placesOf(text: string): { values: Map<string, string[]>; others: Map<string, number> } {
  const values = new Map<string, string[]>();
  const others = new Map<string, number>();
  for (const [token] of text.matchAll(TOKEN)) others.set(token, (others.get(token) ?? 0) + 1);
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: false,
    logLevel: 'error',
  });
  const found = new Map<string, number>();
  visit(document, {
    Scalar(key, node, path) {
      if (!node.range) return;
      const inside = [...text.slice(node.range[0], node.range[1]).matchAll(TOKEN)].map(([token]) => token);
      if (inside.length === 0) return;
      for (const token of inside) others.set(token, (others.get(token) ?? 1) - 1);
      const steps = path.flatMap((parent, index) => stepOf(parent, path[index + 1] ?? node));
      const place = JSON.stringify([...steps, key === 'key' ? 'key' : 'value']);
      const nth = found.get(place) ?? 0;
      found.set(place, nth + 1);
      values.set(nth === 0 ? place : `${place}${nth}`, inside);
    },
  });
  return { values, others };
}

/** The key of a pair, or the index in a list. */
function stepOf(parent: unknown, child: unknown): (string | number)[] {
  if (typeof parent !== 'object' || parent === null) return [];
  if ('key' in parent) {
    const { key } = parent as { readonly key: unknown };
    return [isScalar(key) ? ((key as Scalar).source ?? String(key.value)) : ''];
  }
  if (!('items' in parent) || !Array.isArray(parent.items)) return [];
  const at = parent.items.indexOf(child);
  return at >= 0 && !isPairAt(parent.items, at) ? [at] : [];
}

const isPairAt = (items: readonly unknown[], at: number): boolean => {
  const item = items[at];
  return typeof item === 'object' && item !== null && 'key' in item && 'value' in item;
};
