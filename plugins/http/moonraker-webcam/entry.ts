// Compares Moonraker's list of webcams with the entry that camd needs there. Pure.

/** Moonraker keeps `extra_data` as it is given: by this an entry is known to be camd's. */
export const MARK = 'camd';

export interface Wanted {
  /** Who made it: the node's id. One Moonraker may have entries of several. */
  readonly owner: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export type Plan =
  | { readonly is: 'right' }
  /** POST these; with `uid` the entry exists and is changed, without it is made. */
  | { readonly is: 'post'; readonly body: Readonly<Record<string, unknown>> }
  /** An entry of this name exists that camd did not make. */
  | { readonly is: 'taken'; readonly source: string };

/** `list` is Moonraker's answer to `GET /server/webcams/list`; undefined is returned when it is none. */
export function planEntry(list: unknown, wanted: Wanted): Plan | undefined {
  const webcams = member(member(list, 'result'), 'webcams');
  if (!Array.isArray(webcams)) return undefined;
  const mine = webcams.find((entry) => ownerOf(entry) === wanted.owner && member(entry, 'source') !== 'config');
  const name = wanted.fields.name;
  const other = webcams.find((entry) => entry !== mine && member(entry, 'name') === name);
  if (other !== undefined) return { is: 'taken', source: String(member(other, 'source')) };
  const body = { ...wanted.fields, extra_data: { [MARK]: wanted.owner } };
  // Whether it is shown is left to the users of the interfaces afterwards.
  if (mine === undefined) return { is: 'post', body: { ...body, enabled: true } };
  const wrong = Object.entries(wanted.fields).some(([key, value]) => member(mine, key) !== value);
  return wrong ? { is: 'post', body: { ...body, uid: member(mine, 'uid') } } : { is: 'right' };
}

function ownerOf(entry: unknown): unknown {
  return member(member(entry, 'extra_data'), MARK);
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(name);
}
