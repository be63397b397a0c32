// What reading a profile again need not do again: the pieces of its files and the nodes that were checked. Knows no daemon.

import type { Catalog } from '../catalog.ts';
import { type CheckedNode, checkNode } from './node.ts';
import type { Entry } from './tree.ts';
import { createYamlReader, type YamlReader } from './yaml-pieces.ts';

export interface ProfileMemory {
  readonly readYaml: YamlReader;
  /** As checkNode; a node that stands where it stood, unchanged, is not checked again. */
  checkNode(id: string, entry: Entry, catalog: Catalog, folder: string): Promise<CheckedNode>;
}

export function createProfileMemory(): ProfileMemory {
  const checked = new WeakMap<Entry, { catalog: Catalog; folder: string; node: CheckedNode }>();
  return {
    readYaml: createYamlReader(),
    async checkNode(id, entry, catalog, folder) {
      const known = checked.get(entry);
      if (known?.catalog === catalog && known.folder === folder && known.node.id === id) return known.node;
      const node = await checkNode(id, entry, catalog, folder);
      checked.set(entry, { catalog, folder, node });
      return node;
    },
  };
}
