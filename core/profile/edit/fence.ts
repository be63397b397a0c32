// Which edits a page may make: of nodes that the profile names for it, and of options whose schema says `editable`. Pure.

import { CAMERA_ID } from '../../base/formats.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { EditableNode, OptionValue, ProfileEdit } from '../../contract/profile.ts';
import type { OptionSchema } from '../../contract/schema.ts';
import type { NodeSpec, Profile } from '../profile.ts';
import { candidates, propertyCandidates } from '../values/schema-walk.ts';

/** The node with what may be changed of it. */
export function editableNode(spec: NodeSpec, catalog: Catalog): EditableNode {
  const editable = editableOptions(spec.use, catalog);
  return {
    id: spec.id,
    use: spec.use,
    options: Object.fromEntries(Object.entries(spec.options).filter(([option]) => Object.hasOwn(editable, option))),
    editable,
  };
}

/** Why this edit is not allowed, as a sentence; undefined when it is. */
export function forbidden(
  edit: ProfileEdit,
  profile: Profile,
  catalog: Catalog,
  allowed: readonly string[],
): string | undefined {
  const named = edit.is === 'add' ? edit.like : edit.node;
  const spec = profile.nodes.get(named);
  if (!spec || !allowed.includes(named))
    return `"${named}" is not one of the nodes that may be edited here: ${allowed.join(', ')}.`;
  if (edit.is === 'remove') return undefined;
  if (edit.is === 'add') {
    if (!CAMERA_ID.test(edit.node))
      return `"${edit.node}" is not a name: use a letter or digit, then letters, digits, "_", "." and "-".`;
    if (profile.nodes.has(edit.node)) return `There is a node "${edit.node}" already.`;
  }
  const editable = editableOptions(spec.use, catalog);
  const options = edit.is === 'add' ? Object.keys(edit.options) : [edit.option];
  const wrong = options.find((option) => !Object.hasOwn(editable, option));
  if (wrong !== undefined)
    return `"${wrong}" of ${spec.use} cannot be changed from a page; change it in the file on the machine.`;
  return undefined;
}

function editableOptions(use: string, catalog: Catalog): EditableNode['editable'] {
  const root = catalog.schema(use);
  if (!root) return {};
  const schemas = candidates(root, root);
  const names = new Set(schemas.flatMap(({ properties }) => Object.keys(properties ?? {})));
  const found: Record<string, { schema: Readonly<Record<string, unknown>>; required: boolean }> = {};
  for (const name of names) {
    const options = propertyCandidates(schemas, name).flatMap((one) => candidates(one, root));
    const schema = options.find((one) => one.editable);
    if (!schema || options.some(givesPower)) continue;
    found[name] = { schema: { ...schema }, required: root.required?.includes(name) ?? false };
  }
  return found;
}

/** Whatever its schema says, such an option stays with those who can write the file. */
const givesPower = ({ secret, route, parse, claim, format }: OptionSchema): boolean =>
  secret === true ||
  parse === true ||
  route !== undefined ||
  claim === 'address' ||
  claim === 'socket' ||
  claim === 'folder' ||
  format === 'address';

/** Values of an edit, for the log: shortened. */
export function describe(edit: ProfileEdit): string {
  const short = (value: OptionValue): string => {
    const text = JSON.stringify(value);
    return text.length > 60 ? `${text.slice(0, 60)}…` : text;
  };
  if (edit.is === 'set') return `${edit.node}.${edit.option} = ${short(edit.value)}`;
  if (edit.is === 'unset') return `${edit.node}.${edit.option} removed`;
  return edit.is === 'add' ? `${edit.node} added` : `${edit.node} removed`;
}
