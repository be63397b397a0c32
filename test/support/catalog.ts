// The catalog of the built-in plugins, as camd creates it: one for all callers, because it never changes.

import type { Catalog } from '../../core/catalog/catalog.ts';
import { createCatalog } from '../../core/catalog/create.ts';
import { builtins } from '../../plugins/index.ts';

const catalog = createCatalog(builtins);

export const builtinCatalog = (): Catalog => catalog;
