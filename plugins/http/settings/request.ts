// Reads the edits and the sender of a request. It checks only the shape, since the core decides which edits are allowed. Pure.

import type { HttpRequest, OptionValue, ProfileEdit } from '../../../core/contract/plugin.ts';

/** Most bytes of a request's body. */
export const MAX_BODY = 64 * 1024;
/** Most nested maps and lists. */
const MAX_DEPTH = 6;

export interface ChangeRequest {
  readonly token: string;
  readonly revision: string;
  readonly preview: boolean;
  readonly edits: readonly ProfileEdit[];
}

/** undefined if the body is not a change. */
export function readChange(body: string): ChangeRequest | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (!isMap(parsed)) return undefined;
  const { token, revision, preview = false, edits } = parsed;
  if (typeof token !== 'string' || typeof revision !== 'string' || typeof preview !== 'boolean') return undefined;
  if (!Array.isArray(edits)) return undefined;
  const read = edits.map(readEdit);
  return read.includes(undefined)
    ? undefined
    : { token, revision, preview, edits: read.filter((edit) => edit !== undefined) };
}

function readEdit(edit: unknown): ProfileEdit | undefined {
  if (!isMap(edit)) return undefined;
  const { is, node, option, inside = [], value, like, options } = edit;
  if (typeof node !== 'string') return undefined;
  if (is === 'remove') return { is, node };
  if (is === 'add') {
    return typeof like === 'string' && isMap(options) && isValue(options, 0)
      ? { is, node, like, options: options as Readonly<Record<string, OptionValue>> }
      : undefined;
  }
  if (typeof option !== 'string' || !isNames(inside)) return undefined;
  if (is === 'unset') return { is, node, option, inside };
  return is === 'set' && isValue(value, 0) ? { is, node, option, inside, value } : undefined;
}

const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length <= MAX_DEPTH && value.every((step) => typeof step === 'string');

function isValue(value: unknown, depth: number): value is OptionValue {
  if (depth > MAX_DEPTH || value === undefined) return false;
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every((inner) => isValue(inner, depth + 1));
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The author of a change for the log: the user's name or "a token", and the address. */
export function personOf({ headers, ip }: Pick<HttpRequest, 'headers' | 'ip'>): string {
  const [, basic = ''] = /^Basic +(\S+)/i.exec(headers.authorization ?? '') ?? [];
  const [name = ''] = Buffer.from(basic, 'base64').toString('utf8').split(':');
  return `${name === '' ? 'a token' : name} from ${ip}`;
}
