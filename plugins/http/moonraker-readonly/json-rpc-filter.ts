// Decides which parts of a visitor's JSON-RPC message may reach Moonraker. Pure.
// No message is forwarded as received: it is parsed, checked and serialised again, so that duplicate keys, escapes or odd encodings mean
// the same here and at Moonraker.

import {
  CLIENT_TYPES,
  CONFIG_METHOD,
  isCredential,
  isHiddenObject,
  isTrigger,
  READABLE_METHODS,
} from './allow-list.ts';
import { REDUCED_CONFIG } from './reduced-config.ts';

/** Most levels of nesting, more than any reading call has. */
export const MAX_DEPTH = 12;
/** Most calls in one batch. */
export const MAX_BATCH = 64;

export interface FilterRules {
  /** Namespaces of Moonraker's database that visitors may read. */
  readonly namespaces: readonly string[];
  /** True if visitors may read `server.config` and the object `configfile`. */
  readonly exposeConfig: boolean;
}

export interface Verdict {
  /** Text for Moonraker. */
  readonly forward?: string;
  /** Text for the visitor. */
  readonly answer?: string;
  /** Number of calls that were refused or invalid. */
  readonly refused: number;
}

type Id = string | number;
type Params = Readonly<Record<string, unknown>>;
type Checked = { readonly params: Params | undefined } | { readonly error: RpcError };
interface RpcError {
  readonly code: number;
  readonly message: string;
}

const INVALID: RpcError = { code: -32600, message: 'Invalid Request' };
/** The id of an unreadable call is not known (JSON-RPC 2.0 §5). */
const UNREADABLE = '{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null}';
const BAD_PARAMS: RpcError = { code: -32602, message: 'Invalid params' };
/** Moonraker uses HTTP-like codes for refusals. */
const READ_ONLY: RpcError = { code: 403, message: 'This connection is read-only: the method is not allowed' };
const HIDDEN: RpcError = { code: 403, message: 'This connection is read-only: this part is not shown' };

/** Filters one JSON-RPC 2.0 message. An unreadable message gets error -32700; a message that is no call is dropped. */
export function filterMessage(bytes: Uint8Array, rules: FilterRules): Verdict {
  const message = parse(bytes);
  if (message === undefined) return { answer: UNREADABLE, refused: 1 };
  if (tooDeep(message)) return { refused: 1 };
  if (!Array.isArray(message)) return filterOne(message, rules);
  if (message.length === 0 || message.length > MAX_BATCH) return { refused: Math.max(1, message.length) };
  const verdicts = message.map((call) => filterOne(call, rules));
  const forward = verdicts.flatMap((verdict) => verdict.forward ?? []);
  const answers = verdicts.flatMap((verdict) => verdict.answer ?? []);
  return {
    ...(forward.length > 0 ? { forward: `[${forward.join(',')}]` } : {}),
    ...(answers.length > 0 ? { answer: `[${answers.join(',')}]` } : {}),
    refused: verdicts.reduce((sum, verdict) => sum + verdict.refused, 0),
  };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** Iterative instead of recursive, so that depth costs no stack. */
function tooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return false;
}

function filterOne(call: unknown, rules: FilterRules): Verdict {
  // An object without a method is a response. It is dropped, because Moonraker sends visitors no requests.
  if (!isObject(call) || !own(call, 'method')) return { refused: 1 };
  const id = own(call, 'id') ? call.id : undefined;
  if (!isId(id)) return { refused: 1 };
  const deny = (error: RpcError): Verdict => ({
    ...(id === undefined || id === null ? {} : { answer: JSON.stringify({ jsonrpc: '2.0', error, id }) }),
    refused: 1,
  });
  const { method } = call;
  if (call.jsonrpc !== '2.0' || typeof method !== 'string') return deny(INVALID);
  const params = own(call, 'params') ? call.params : undefined;
  if (method === CONFIG_METHOD && !rules.exposeConfig) {
    if (id === undefined || id === null) return { refused: 0 };
    return { answer: JSON.stringify({ jsonrpc: '2.0', result: REDUCED_CONFIG, id }), refused: 0 };
  }
  const rule = method === CONFIG_METHOD && rules.exposeConfig ? 'plain' : READABLE_METHODS.get(method);
  if (rule === undefined) return deny(READ_ONLY);
  if (params !== undefined && !isObject(params)) return deny(BAD_PARAMS);
  const checked = CHECKS[rule](params, rules);
  if ('error' in checked) return deny(checked.error);
  return {
    forward: JSON.stringify({
      jsonrpc: '2.0',
      method,
      ...(checked.params === undefined ? {} : { params: checked.params }),
      ...(id === undefined || id === null ? {} : { id }),
    }),
    refused: 0,
  };
}

const CHECKS = {
  plain: (params: Params | undefined): Checked => ({
    params: params && pick(params, (name) => !isCredential(name) && !isTrigger(name)),
  }),

  identify(params: Params | undefined): Checked {
    const type = params?.type;
    if (!params || typeof type !== 'string') return { error: BAD_PARAMS };
    if (!CLIENT_TYPES.includes(type.toLowerCase())) return { error: READ_ONLY };
    const facts = pick(params, (name, value) => ['client_name', 'version', 'url'].includes(name) && isText(value));
    return { params: { ...facts, type: type.toLowerCase() } };
  },

  objects(params: Params | undefined, rules: FilterRules): Checked {
    const objects = params?.objects;
    if (!isObject(objects)) return { error: BAD_PARAMS };
    const wellFormed = Object.values(objects).every(
      (fields) => fields === null || (Array.isArray(fields) && fields.every(isText)),
    );
    if (!wellFormed) return { error: BAD_PARAMS };
    const shown = pick(objects, (name) => rules.exposeConfig || !isHiddenObject(name));
    // Interfaces request every object at once and get all but the configuration. A request for the configuration alone is refused.
    if (Object.keys(shown).length === 0 && Object.keys(objects).length > 0) return { error: HIDDEN };
    return { params: { objects: shown } };
  },

  database(params: Params | undefined, rules: FilterRules): Checked {
    const namespace = params?.namespace;
    const key = params?.key;
    if (!isText(namespace)) return { error: BAD_PARAMS };
    if (!rules.namespaces.includes(namespace)) return { error: HIDDEN };
    if (key !== undefined && key !== null && !isText(key) && !(Array.isArray(key) && key.every(isText))) {
      return { error: BAD_PARAMS };
    }
    return { params: { namespace, ...(key === undefined || key === null ? {} : { key }) } };
  },
};

const isText = (value: unknown): value is string => typeof value === 'string';
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const own = (object: object, name: string): boolean => Object.hasOwn(object, name);

/** An id that can be serialised back exactly. */
const isId = (id: unknown): id is Id | null | undefined =>
  id === undefined || id === null || typeof id === 'string' || Number.isSafeInteger(id);

/** `Object.fromEntries` creates own properties even for "__proto__". */
function pick(from: Params, keep: (name: string, value: unknown) => boolean): Params {
  return Object.fromEntries(Object.entries(from).filter(([name, value]) => keep(name, value)));
}
