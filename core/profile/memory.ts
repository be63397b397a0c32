// The cache that makes a reload fast: unchanged pieces of files and nodes that were already checked.

import type { Catalog } from '../catalog/catalog.ts';
import { type CheckedNode, checkNode } from './check/node.ts';
import type { Entry, SourceRange } from './source/tree.ts';
import { createYamlReader, type Origin, type YamlReader } from './source/yaml-pieces.ts';

export interface ProfileMemory {
  readonly readYaml: YamlReader;
  /** Like checkNode, but does not check a node again whose text is unchanged, even if it has moved. */
  checkNode(id: string, entry: Entry, catalog: Catalog, folder: string): Promise<CheckedNode>;
}

interface Checked {
  readonly catalog: Catalog;
  readonly folder: string;
  /** The entry's position when it was checked. */
  readonly origin: Origin;
  readonly node: CheckedNode;
}

export function createProfileMemory(): ProfileMemory {
  const readYaml = createYamlReader();
  const checked = new WeakMap<Entry, Checked>();
  return {
    readYaml,
    async checkNode(id, entry, catalog, folder) {
      const origin = readYaml.origin(entry) ?? { entry, lines: 0, characters: 0 };
      const known = checked.get(origin.entry);
      if (known?.catalog === catalog && known.folder === folder && known.node.id === id) {
        const { lines, characters } = known.origin;
        if (lines === origin.lines && characters === origin.characters) return known.node;
        const node = movedNode(known.node, origin.lines - lines, origin.characters - characters);
        checked.set(origin.entry, { ...known, origin, node });
        return node;
      }
      const node = await checkNode(id, entry, catalog, folder);
      checked.set(origin.entry, { catalog, folder, origin, node });
      return node;
    },
  };
}

/** All results about a node, moved to its current position. Its options stay the same object. */
function movedNode(node: CheckedNode, lines: number, characters: number): CheckedNode {
  const place = <P extends { readonly line: number }>(old: P): P => ({ ...old, line: old.line + lines });
  const range = (old: SourceRange): SourceRange => ({
    ...place(old),
    start: old.start + characters,
    end: old.end + characters,
  });
  const { spec, secrets } = node;
  return {
    ...node,
    range: range(node.range),
    marks: node.marks.map((mark) => ({ ...mark, range: range(mark.range) })),
    secrets: { ...secrets, ranges: secrets.ranges.map(range) },
    problems: node.problems.map((problem) => ({
      ...problem,
      place: place(problem.place),
      ...(problem.related ? { related: place(problem.related) } : {}),
    })),
    spec: {
      ...spec,
      place: place(spec.place),
      references: spec.references.map((reference) => ({ ...reference, places: reference.places.map(place) })),
      claims: spec.claims.map((claim) => ({ ...claim, place: place(claim.place) })),
      routes: spec.routes.map((route) => ({ ...route, place: place(route.place) })),
    },
  };
}
