// Selects the plugins that are parsers, and resolves names under `parse:`: the whole `use`, or the part after the kind.

import type { PluginSchema } from '../contract/schema.ts';
import { BUILT_IN, type Catalog, type PluginEntry } from './catalog.ts';

export const isParser = (schema: PluginSchema | undefined): boolean => schema?.parser === true;

/** "acme/lines" → "lines". */
export const shortName = (use: string): string => use.slice(use.indexOf('/') + 1);

/** The `use` of the parser with that name; if several share a short name, the built-in one. */
export function findParser(catalog: Catalog, name: string): string | undefined {
  const found = catalog.entries.filter(
    ({ use }) => (use === name || shortName(use) === name) && isParser(catalog.schema(use)),
  );
  const best = found.find(({ use }) => use === name) ?? found.find(isBuiltIn) ?? found[0];
  return best?.use;
}

/** The shortest name under which `parse:` finds this parser. */
export function parserName(catalog: Catalog, use: string): string {
  const short = shortName(use);
  return findParser(catalog, short) === use ? short : use;
}

export const parserNames = (catalog: Catalog): string[] =>
  catalog.entries.filter(({ use }) => isParser(catalog.schema(use))).map(({ use }) => parserName(catalog, use));

const isBuiltIn = ({ origin }: PluginEntry): boolean => origin === BUILT_IN;
