// The options of a node that a page may set: the marked part of its schema, resolved, as one tree for the page and the fence. Pure.

import type { EditableOption, OptionValue } from '../../../core/contract/profile.ts';
import type { OptionSchema } from '../../../core/contract/schema.ts';
import type { Profile } from '../../../core/profile/profile.ts';
import { candidates, propertyCandidates, typesOf } from '../../../core/profile/values/schema-walk.ts';

/** Schemas may refer to themselves. */
const MAX_DEPTH = 8;

type Nodes = Profile['nodes'];

/** By name; left out are options without a mark, and options that give power even with a mark. */
export function editableOptions(root: OptionSchema, nodes: Nodes): Readonly<Record<string, EditableOption>> {
  return properties(candidates(root, root), { root, nodes, depth: 0 });
}

interface Walk {
  readonly root: OptionSchema;
  readonly nodes: Nodes;
  readonly depth: number;
}

function properties(schemas: readonly OptionSchema[], walk: Walk): Record<string, EditableOption> {
  const names = new Set(schemas.flatMap((schema) => Object.keys(schema.properties ?? {})));
  const required = new Set(schemas.flatMap((schema) => schema.required ?? []));
  const found: Record<string, EditableOption> = {};
  for (const name of names) {
    const options = propertyCandidates(schemas, name).flatMap((schema) => candidates(schema, walk.root));
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

/** Entries whose names the user chooses need no mark of their own: the map has it. */
function entriesOf(schemas: readonly OptionSchema[], walk: Walk): EditableOption | undefined {
  const any = schemas
    .map(({ additionalProperties }) => additionalProperties)
    .find((entry) => typeof entry === 'object');
  if (typeof any !== 'object') return undefined;
  const options = candidates(any, walk.root);
  return options.some(givesPower) ? undefined : optionOf(options, false, { ...walk, depth: walk.depth + 1 });
}

const providers = (ports: NonNullable<OptionSchema['reference']>['ports'], nodes: Nodes): string[] =>
  [...nodes.values()].filter(({ provides }) => ports.every((port) => provides.includes(port))).map(({ id }) => id);

/** Such an option may only be changed by users who can write the file, whatever its schema says. */
const givesPower = ({ secret, route, parse, claim, format }: OptionSchema): boolean =>
  secret === true ||
  parse === true ||
  route !== undefined ||
  claim === 'address' ||
  claim === 'socket' ||
  claim === 'folder' ||
  format === 'address';
