// Who may change an option: the class that its schema gives it, and the class of a whole plugin. Pure.

import type { OptionSchema, PluginSchema, Power } from '../../../../core/contract/schema.ts';
import { candidates } from '../../../../core/profile/values/schema-walk.ts';

/** Of all branches the strictest; what no schema classifies gives power. */
export function powerOf(schemas: readonly OptionSchema[], inherited: Power | undefined): Power {
  const said = schemas.flatMap(({ power }) => power ?? []);
  return STRICTEST.find((one) => said.includes(one)) ?? inherited ?? 'machine';
}

const STRICTEST: readonly Power[] = ['machine', 'path', 'target', 'none'];

/** The plugin as a whole stays with those who can write the file. */
export const isFenced = (schema: PluginSchema | undefined): boolean =>
  schema === undefined || schema.power === 'machine';

/** Every option of a schema that lacks a class of its own, and whose parent is not of the machine: "auth.basic.users". */
export function unclassified(root: OptionSchema): string[] {
  const missing: string[] = [];
  const walk = (schema: OptionSchema, path: string, depth: number): void => {
    if (depth > MAX_DEPTH) return;
    for (const one of candidates(schema, root)) {
      const parts = [
        ...Object.entries(one.properties ?? {}),
        ...Object.entries(one.patternProperties ?? {}).map(([pattern, inner]) => [`/${pattern}/`, inner] as const),
        ...(typeof one.additionalProperties === 'object' ? [['*', one.additionalProperties] as const] : []),
        ...(one.items ? [['[]', one.items] as const] : []),
      ];
      for (const [name, inner] of parts) {
        const at = path === '' ? name : `${path}.${name}`;
        const own = candidates(inner, root).flatMap(({ power }) => power ?? []);
        // Branches repeat options only to say which belong together, and items are what their list is.
        const isBare = Object.keys(inner).length === 0 || inner.const !== undefined;
        if (own.length === 0 && !isBare && name !== '[]' && name !== '*') missing.push(at);
        if (powerOf(candidates(inner, root), 'none') !== 'machine') walk(inner, at, depth + 1);
      }
    }
  };
  walk(root, '', 0);
  return [...new Set(missing)];
}

const MAX_DEPTH = 8;
