// Finds the cameras of a profile's nodes, and makes the edits that add, change and delete one; for the page and for forms. Pure.

import type { EditableNode, EditableOption, OptionValue, ProfileEdit } from '../../../core/contract/plugin.ts';

export type Values = Readonly<Record<string, unknown>>;
export type Fields = Readonly<Record<string, EditableOption>>;

/** Place of a camera's options: an entry of a map in a node, or the node itself. */
export type Place =
  | { readonly is: 'entry'; readonly node: string; readonly option: string }
  | { readonly is: 'node'; readonly node: string };

/** Subject of a form: a camera, or the shared options of all cameras of a node. */
export interface Subject {
  readonly is: 'camera' | 'defaults';
  readonly name: string;
  readonly place: Place;
  readonly fields: Fields;
  readonly values: Values;
  /** Values of the node, for fields that the camera omits. */
  readonly inherited: Values;
  readonly tables: readonly Table[];
}

/** Numbers per camera in another option, such as `offsets` of transform/exif. */
export interface Table {
  readonly node: string;
  readonly option: string;
  readonly description: string;
  readonly values: Readonly<Record<string, number>>;
  /** Usual names, then names of other cameras' numbers. */
  readonly names: readonly string[];
}

/** A place for new cameras. */
export interface Home {
  readonly place: Place;
  readonly fields: Fields;
  readonly inherited: Values;
}

export function camerasOf(nodes: readonly EditableNode[]): Subject[] {
  return nodes.flatMap((node) => {
    const own = isCamera(node) ? [whole(node, nodes)] : [];
    const map = mapOf(node);
    if (!map) return own;
    const entries = Object.entries(record(node.options[map.option]));
    const place: Place = { is: 'entry', node: node.id, option: map.option };
    const others = entries.map(
      ([name, values]): Subject => ({
        is: 'camera',
        name,
        place,
        fields: map.fields,
        values: record(values),
        inherited: node.options,
        tables: tablesOf(nodes, name),
      }),
    );
    return [...own, ...others];
  });
}

/** The shared options of a node's cameras, for nodes with a map of cameras. */
export function defaultsOf(nodes: readonly EditableNode[]): Subject[] {
  return nodes.flatMap((node): Subject[] => {
    if (!mapOf(node) || isCamera(node)) return [];
    const fields = simple(Object.entries(node.editable).filter(([name]) => name !== DEVICE));
    if (Object.keys(fields).length === 0) return [];
    const place: Place = { is: 'node', node: node.id };
    return [{ is: 'defaults', name: node.id, place, fields, values: node.options, inherited: {}, tables: [] }];
  });
}

export function homesOf(nodes: readonly EditableNode[]): Home[] {
  return nodes.flatMap((node): Home[] => {
    const map = mapOf(node);
    if (map) {
      const place: Place = { is: 'entry', node: node.id, option: map.option };
      return [{ place, fields: map.fields, inherited: node.options }];
    }
    return isCamera(node)
      ? [{ place: { is: 'node', node: node.id }, fields: simple(Object.entries(node.editable)), inherited: {} }]
      : [];
  });
}

/** An empty camera of this home, for the form that adds it. */
export const blank = (home: Home, nodes: readonly EditableNode[]): Subject => ({
  is: 'camera',
  name: '',
  ...home,
  values: {},
  tables: tablesOf(nodes, ''),
});

/** Content of a form: values by field, undefined for an empty one, and the numbers of each table in the order of `tables`. */
export interface Draft {
  readonly name: string;
  readonly values: Readonly<Record<string, OptionValue | undefined>>;
  readonly tables: readonly Readonly<Record<string, number | undefined>>[];
}

export function editsToAdd({ place, fields, tables }: Subject, draft: Draft): ProfileEdit[] {
  const { name } = draft;
  const options = Object.fromEntries(
    Object.entries(draft.values).flatMap(([field, value]) =>
      value === undefined || equal(value, fields[field]?.default) ? [] : [[field, value]],
    ),
  );
  const added: ProfileEdit =
    place.is === 'node'
      ? { is: 'add', node: name, like: place.node, options }
      : { is: 'set', node: place.node, option: place.option, inside: [name], value: options };
  return [added, ...tables.flatMap((table, index) => tableEdits(table, name, draft.tables[index] ?? {}))];
}

/** Edits for fields that differ from the form's initial values. */
export function editsToChange(subject: Subject, draft: Draft): ProfileEdit[] {
  const { place, fields, values, name, tables } = subject;
  const edits = Object.entries(draft.values).flatMap(([field, value]): ProfileEdit[] => {
    if (!fields[field] || equal(value, values[field])) return [];
    const at = place.is === 'node' ? { option: field } : { option: place.option, inside: [name, field] };
    const unset = value === undefined || equal(value, fields[field]?.default);
    return unset ? [{ is: 'unset', node: place.node, ...at }] : [{ is: 'set', node: place.node, ...at, value }];
  });
  return [...edits, ...tables.flatMap((table, index) => tableEdits(table, name, draft.tables[index] ?? {}))];
}

export function editsToRemove({ place, name, tables }: Subject): ProfileEdit[] {
  const rows = tables.filter(({ values }) => Object.keys(values).length > 0);
  return [
    place.is === 'node'
      ? { is: 'remove', node: place.node }
      : { is: 'unset', node: place.node, option: place.option, inside: [name] },
    ...rows.map(({ node, option }): ProfileEdit => ({ is: 'unset', node, option, inside: [name] })),
  ];
}

function tableEdits(table: Table, camera: string, next: Draft['tables'][number]): ProfileEdit[] {
  const { node, option, values } = table;
  return Object.entries(next).flatMap(([name, value]): ProfileEdit[] => {
    const at = { node, option, inside: [camera, name] };
    if (value === values[name]) return [];
    return value === undefined ? [{ is: 'unset', ...at }] : [{ is: 'set', ...at, value }];
  });
}

/** A node or an entry with this option is a camera. */
const DEVICE = 'device';

const isCamera = ({ options, editable }: EditableNode): boolean =>
  editable[DEVICE] !== undefined && options[DEVICE] !== undefined;

function mapOf(node: EditableNode): { readonly option: string; readonly fields: Fields } | undefined {
  for (const [option, { entries }] of Object.entries(node.editable)) {
    if (entries?.properties?.[DEVICE]) return { option, fields: simple(Object.entries(entries.properties)) };
  }
  return undefined;
}

function whole(node: EditableNode, nodes: readonly EditableNode[]): Subject {
  const fields = simple(Object.entries(node.editable));
  const place: Place = { is: 'node', node: node.id };
  const tables = tablesOf(nodes, node.id);
  return { is: 'camera', name: node.id, place, fields, values: node.options, inherited: {}, tables };
}

/** Fields that one line of a form can show. */
const simple = (fields: readonly (readonly [string, EditableOption])[]): Fields =>
  Object.fromEntries(fields.filter(([, { types }]) => !types.includes('object')));

function tablesOf(nodes: readonly EditableNode[], camera: string): Table[] {
  return nodes.flatMap(({ id, options, editable }) =>
    Object.entries(editable).flatMap(([option, { entries, description }]): Table[] => {
      const each = entries?.entries;
      if (!each?.types.some((type) => type === 'number' || type === 'integer')) return [];
      const rows = record(options[option]);
      const others = Object.values(rows).flatMap((row) => Object.keys(record(row)));
      const names = [...new Set([...(entries?.names ?? []), ...others])];
      return [{ node: id, option, description, values: numbers(rows[camera]), names }];
    }),
  );
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

const numbers = (value: unknown): Record<string, number> =>
  Object.fromEntries(
    Object.entries(record(value)).filter((one): one is [string, number] => typeof one[1] === 'number'),
  );

const equal = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
