// Compares Moonraker's list of webcams with the required entry. Pure.

/** Moonraker stores `extra_data` unchanged, so it marks an entry as camd's. */
export const MARK = 'camd';

export interface Wanted {
  /** The id of the node that created the entry. One Moonraker may have entries of several nodes. */
  readonly owner: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export type Plan =
  | { readonly is: 'right' }
  /** The body to POST: with `uid` it changes that entry, without `uid` it creates one. */
  | { readonly is: 'post'; readonly body: Readonly<Record<string, unknown>> }
  /** Another program has created an entry with this name. */
  | { readonly is: 'taken'; readonly source: string };

/** `list`: Moonraker's answer to `GET /server/webcams/list`. Undefined if it is not such an answer. */
export function planEntry(list: unknown, wanted: Wanted): Plan | undefined {
  const webcams = member(member(list, 'result'), 'webcams');
  if (!Array.isArray(webcams)) return undefined;
  const ownEntry = webcams.find((entry) => ownerOf(entry) === wanted.owner && member(entry, 'source') !== 'config');
  const name = wanted.fields.name;
  const other = webcams.find((entry) => entry !== ownEntry && member(entry, 'name') === name);
  if (other !== undefined) return { is: 'taken', source: String(member(other, 'source')) };
  const body = { ...wanted.fields, extra_data: { [MARK]: wanted.owner } };
  // Only at creation: later, users of the interfaces can hide the entry.
  if (ownEntry === undefined) return { is: 'post', body: { ...body, enabled: true } };
  const wrong = Object.entries(wanted.fields).some(([key, value]) => member(ownEntry, key) !== value);
  return wrong ? { is: 'post', body: { ...body, uid: member(ownEntry, 'uid') } } : { is: 'right' };
}

function ownerOf(entry: unknown): unknown {
  return member(member(entry, 'extra_data'), MARK);
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(name);
}
