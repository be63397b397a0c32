// The edits that a page may make: of nodes that the profile allows, and of options whose schema says `editable`. Pure.

import { CAMERA_ID } from '../../../core/base/formats.ts';
import type { Catalog } from '../../../core/catalog/catalog.ts';
import type { EditableNode, EditableOption, OptionValue, ProfileEdit } from '../../../core/contract/profile.ts';
import type { NodeSpec, Profile } from '../../../core/profile/profile.ts';
import { editableOptions } from './editable.ts';

/** The node with its editable options. */
export function editableNode(spec: NodeSpec, catalog: Catalog, nodes: Profile['nodes']): EditableNode {
  const editable = optionsOf(spec.use, catalog, nodes);
  return { id: spec.id, use: spec.use, options: visible(spec.options, editable), editable };
}

/** Only editable options, also inside of maps. */
function visible(
  values: Readonly<Record<string, unknown>>,
  editable: Readonly<Record<string, EditableOption>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const option = own(editable, name);
      return option ? [[name, visibleValue(value, option)]] : [];
    }),
  );
}

function visibleValue(value: unknown, { properties, entries }: EditableOption): unknown {
  if (!isMap(value)) return value;
  if (!entries) return properties ? visible(value, properties) : value;
  const each = Object.entries(value).map(([name, inner]) => [
    name,
    visibleValue(inner, own(properties, name) ?? entries),
  ]);
  return Object.fromEntries(each);
}

/** Why this edit is not allowed, as a sentence; undefined if it is allowed. */
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
  const editable = optionsOf(spec.use, catalog, profile.nodes);
  if (edit.is === 'add') {
    const refused = Object.entries(edit.options).map(([name, value]) => refusalOf([name], value, editable));
    return refused.find((why) => why !== undefined)?.(spec.use);
  }
  const path = [edit.option, ...(edit.inside ?? [])];
  return refusalOf(path, edit.is === 'set' ? edit.value : undefined, editable)?.(spec.use);
}

type Why = (use: string) => string;

/** Follows the path, then checks the value; undefined means that the option is removed. */
function refusalOf(
  path: readonly string[],
  value: OptionValue | undefined,
  editable: Readonly<Record<string, EditableOption>>,
): Why | undefined {
  const [first = '', ...rest] = path;
  let option = own(editable, first);
  for (const step of rest) option = option && (own(option.properties, step) ?? option.entries);
  if (!option) return offList(path);
  return value === undefined ? undefined : refusalOfValue(path, value, option);
}

function refusalOfValue(path: readonly string[], value: OptionValue, option: EditableOption): Why | undefined {
  const { pattern, properties, entries } = option;
  if (typeof value === 'string' && pattern !== undefined && !new RegExp(pattern, 'u').test(value)) {
    return () => `"${value}" cannot be set for "${path.join('.')}" from a page; set it in the file on the machine.`;
  }
  if (!isMap(value)) return undefined;
  for (const [name, entry] of Object.entries(value)) {
    const inner = own(properties, name) ?? entries;
    const why = inner ? refusalOfValue([...path, name], entry as OptionValue, inner) : offList([...path, name]);
    if (why) return why;
  }
  return undefined;
}

const offList =
  (path: readonly string[]): Why =>
  (use) =>
    `"${path.join('.')}" of ${use} cannot be changed from a page; change it in the file on the machine.`;

function optionsOf(use: string, catalog: Catalog, nodes: Profile['nodes']): EditableNode['editable'] {
  const root = catalog.schema(use);
  return root ? editableOptions(root, nodes) : {};
}

const own = <T>(map: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  map && Object.hasOwn(map, name) ? map[name] : undefined;

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Text of an edit for the log, with shortened values. */
export function describe(edit: ProfileEdit): string {
  const short = (value: OptionValue): string => {
    const text = JSON.stringify(value);
    return text.length > 60 ? `${text.slice(0, 60)}…` : text;
  };
  if (edit.is === 'add') return `${edit.node} added`;
  if (edit.is === 'remove') return `${edit.node} removed`;
  const name = [edit.node, edit.option, ...(edit.inside ?? [])].join('.');
  return edit.is === 'set' ? `${name} = ${short(edit.value)}` : `${name} removed`;
}
