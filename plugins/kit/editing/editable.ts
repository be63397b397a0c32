// What a page may set of a node: the marked part of its schema, resolved, as one tree that both the page and the fence read. Pure.

import type { EditableOption, OptionValue } from '../../../core/contract/profile.ts';
import type { OptionSchema } from '../../../core/contract/schema.ts';
import type { Profile } from '../../../core/profile/profile.ts';
import { candidates, propertyCandidates, typesOf } from '../../../core/profile/values/schema-walk.ts';

/** Schemas may refer to themselves. */
const MAX_DEPTH = 8;

type Nodes = Profile['nodes'];

/** By name; options without a mark, and those that give power whatever their mark says, are left out. */
export function editableOptions(root: OptionSchema, nodes: Nodes): Readonly<Record<string, EditableOption>> {
  return properties(candidates(root, root), { root, nodes, depth: 0 });
}

interface Walk {
  readonly root: OptionSchema;
  readonly nodes: Nodes;
  readonly depth: number;
}

function properties(schemas: readonly OptionSchema[], walk: Walk): Record<string, EditableOption> {
  const names = new Set(schemas.flatMap((one) => Object.keys(one.properties ?? {})));
  const required = new Set(schemas.flatMap((one) => one.required ?? []));
  const found: Record<string, EditableOption> = {};
  for (const name of names) {
    const options = propertyCandidates(schemas, name).flatMap((one) => candidates(one, walk.root));
    if (!options.some(({ editable }) => editable) || options.some(givesPower)) continue;
    found[name] = optionOf(options, required.has(name), walk);
  }
  return found;
}

function optionOf(schemas: readonly OptionSchema[], required: boolean, walk: Walk): EditableOption {
  const schema = schemas.find(({ editable }) => editable) ?? schemas[0] ?? {};
  const { editable, description = '', minimum, maximum, reference, propertyNames } = schema;
  const pattern = typeof editable === 'object' ? editable.pattern : schema.pattern;
  const types = [...new Set(schemas.flatMap(typesOf))];
  const isMap = types.includes('object') && walk.depth < MAX_DEPTH;
  const inner = isMap ? properties(schemas, { ...walk, depth: walk.depth + 1 }) : {};
  const each = isMap ? entriesOf(schemas, walk) : undefined;
  return {
    description,
    types,
    required,
    ...(schema.default === undefined ? {} : { default: schema.default as OptionValue }),
    ...(schema.enum ? { enum: schema.enum as readonly OptionValue[] } : {}),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
    ...(pattern === undefined ? {} : { pattern }),
    ...(reference ? { nodes: providers(reference.ports, walk.nodes) } : {}),
    ...(Object.keys(inner).length > 0 ? { properties: inner } : {}),
    ...(each ? { entries: each } : {}),
    ...(propertyNames?.examples ? { names: propertyNames.examples.map(String) } : {}),
  };
}

/** Entries with names of the user's need no mark: the map has it. */
function entriesOf(schemas: readonly OptionSchema[], walk: Walk): EditableOption | undefined {
  const any = schemas.map((one) => one.additionalProperties).find((one) => typeof one === 'object');
  if (typeof any !== 'object') return undefined;
  const options = candidates(any, walk.root);
  return options.some(givesPower) ? undefined : optionOf(options, false, { ...walk, depth: walk.depth + 1 });
}

const providers = (ports: NonNullable<OptionSchema['reference']>['ports'], nodes: Nodes): string[] =>
  [...nodes.values()].filter(({ provides }) => ports.every((port) => provides.includes(port))).map(({ id }) => id);

/** Whatever its schema says, such an option stays with those who can write the file. */
const givesPower = ({ secret, route, parse, claim, format }: OptionSchema): boolean =>
  secret === true ||
  parse === true ||
  route !== undefined ||
  claim === 'address' ||
  claim === 'socket' ||
  claim === 'folder' ||
  format === 'address';
