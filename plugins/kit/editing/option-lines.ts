// The resolved options of a node, each with its place in the files. Pure.

import { isSearchable } from '../../../core/base/redact.ts';
import type { OptionLine } from '../../../core/contract/kernel.ts';
import type { OptionValue } from '../../../core/contract/profile.ts';
import type { OptionSchema } from '../../../core/contract/schema.ts';
import type { Reading } from '../../../core/profile/profile.ts';
import { inline } from '../../../core/profile/show/inline.ts';
import { HIDDEN, printedNode } from '../../../core/profile/show/print.ts';
import { locate, placeOf, pointerTo } from '../../../core/profile/source/tree.ts';
import { candidates, propertyCandidates } from '../../../core/profile/values/schema-walk.ts';

/** Lines of one node; further options are left out. */
export const MAX_OPTIONS = 1000;
/** Characters of a value. */
const MAX_VALUE = 500;

export function optionLines({ profile, catalog, trees }: Reading, id: string): readonly OptionLine[] | undefined {
  const spec = profile?.nodes.get(id);
  if (!profile || !spec) return undefined;
  const secrets = profile.secrets.filter(isSearchable);
  const root: OptionSchema = catalog.schema(spec.use) ?? {};
  const lines: OptionLine[] = [];
  const { use: _use, ...options } = printedNode(spec, catalog, secrets);

  const walk = (value: unknown, path: string, pointer: string, schemas: readonly OptionSchema[]): void => {
    if (lines.length >= MAX_OPTIONS) return;
    if (isMap(value) && Object.keys(value).length > 0) {
      for (const [key, inner] of Object.entries(value)) {
        const own = propertyCandidates(schemas, key).flatMap((schema) => candidates(schema, root));
        walk(inner, path === '' ? key : `${path}.${key}`, pointerTo(pointer, key), own);
      }
      return;
    }
    const found = trees && locate(trees.resolved, pointer);
    const written = found?.tree.kind === 'leaf' ? found.tree.written : undefined;
    const text = value === HIDDEN ? HIDDEN : inline(value as OptionValue).replaceAll('$${', () => '${');
    const description = schemas.find((schema) => schema.description !== undefined)?.description ?? '';
    lines.push({
      path,
      value: text.slice(0, MAX_VALUE),
      secret: schemas.some(({ secret }) => secret === true),
      description,
      ...(written === undefined || !ONLY_REFERENCES.test(written) ? {} : { written }),
      ...(found ? { place: placeOf(found.tree.range) } : {}),
    });
  };
  walk(options, '', ['pipeline', id].reduce(pointerTo, ''), candidates(root, root));
  return [...lines.filter(({ place }) => place), ...lines.filter(({ place }) => !place)];
}

/** Text next to a reference might be a part of a secret. */
const ONLY_REFERENCES = /^(?:\$\{[^}]*\})+$/;

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
