// The class of an option, which says who may change it, and the class of a whole plugin. Pure.

import type { OptionSchema, PluginSchema, Power } from '../../../../core/contract/schema.ts';
import { candidates } from '../../../../core/profile/values/schema-walk.ts';

/** The strictest class of all branches; an option without a class counts as `machine`. */
export function powerOf(schemas: readonly OptionSchema[], inherited: Power | undefined): Power {
  const classes = schemas.flatMap(({ power }) => power ?? []);
  return STRICTEST.find((power) => classes.includes(power)) ?? inherited ?? 'machine';
}

const STRICTEST: readonly Power[] = ['machine', 'path', 'target', 'none'];

/** True if only users who can write the file may change the plugin at all. */
export const isFenced = (schema: PluginSchema | undefined): boolean =>
  schema === undefined || schema.power === 'machine';

/** All options of a schema that lack a class of their own, and whose parent is not of the class `machine`: "auth.basic.users". */
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
        // Branches repeat options only to combine them, and items have the class of their list.
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
