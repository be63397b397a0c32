// The catalog of the built-in plugins, as camd creates it.

import type { Catalog } from '../../core/catalog/catalog.ts';
import { createCatalog } from '../../core/catalog/create.ts';
import { builtins } from '../../plugins/index.ts';

export const builtinCatalog = (): Catalog => createCatalog(builtins);
