// The route table, which nodes change while requests arrive.

import findMyWay from 'find-my-way';
import type { Method, Release } from '../../../core/contract/ports.ts';

export type Params = Readonly<Record<string, string>>;

export type Found<T> =
  | { readonly is: 'found'; readonly route: T; readonly params: Params }
  /** The path exists, but not for this method. `allow` lists its methods. */
  | { readonly is: 'other-method'; readonly allow: readonly Method[] }
  /** `recent`: the path existed a moment ago, and a replacement may follow. */
  | { readonly is: 'missing'; readonly recent: boolean };

export interface Router<T> {
  /** `path` as in ports.ts: {name} for one segment, a trailing {name*} for the rest. The newest of equal routes wins. */
  attach(methods: readonly Method[], path: string, route: T): Release;
  find(method: string, path: string): Found<T>;
  /** Every path with a route for `method`. */
  paths(method: Method): readonly string[];
  /** The routes for `method` without parameters, each with its path. */
  fixed(method: Method): readonly (readonly [path: string, route: T])[];
}

/** Milliseconds for which the router remembers a detached path: about the time in which a reload replaces it. */
export const MEMORY = 2000;
/** Most remembered paths. */
const MAX_REMEMBERED = 1024;
/** A camera's name has at most 128 characters, each of which may be written as %XX. */
const MAX_PARAM = 512;

interface Entry<T> {
  readonly method: Method;
  readonly path: string;
  readonly names: readonly string[];
  readonly route: T;
}

/** Method → path → entries, the newest last. */
type Table<T> = Map<string, Map<string, Entry<T>[]>>;

export function createRouter<T>(monotonic: () => number): Router<T> {
  /** Paths without parameters, which are most. They need two lookups. */
  const fixed: Table<T> = new Map();
  /** Patterns, whose keys contain no parameter names: /{camera} and /{id} are equal. */
  const patterns: Table<T> = new Map();
  const methods = new Map<Method, number>();
  const gone = new Map<string, number>();
  let tree: findMyWay.Instance<findMyWay.HTTPVersion.V1> | undefined;

  /** Built on the first request that needs it, because detaching one route costs as much as building the whole tree. */
  const compiled = (): findMyWay.Instance<findMyWay.HTTPVersion.V1> => {
    if (tree) return tree;
    tree = findMyWay({ maxParamLength: MAX_PARAM, onBadUrl: () => {} });
    for (const [method, paths] of patterns)
      for (const [text, entries] of paths) tree.on(method as findMyWay.HTTPMethod, text, nothing, entries);
    return tree;
  };

  const findFixed = (method: string, path: string): T | undefined => {
    const paths = fixed.get(method);
    const plain = paths?.get(path)?.at(-1);
    if (plain || !path.includes('%')) return plain?.route;
    return paths?.get(decoded(path))?.at(-1)?.route;
  };

  const findOne = (method: string, path: string): Extract<Found<T>, { is: 'found' }> | undefined => {
    const route = findFixed(method, path);
    if (route !== undefined) return { is: 'found', route, params: NO_PARAMS };
    if (patterns.size === 0) return undefined;
    const match = compiled().find(method as findMyWay.HTTPMethod, path);
    const entry = (match?.store as Entry<T>[] | undefined)?.at(-1);
    if (!match || !entry) return undefined;
    const values = Object.values(match.params);
    const params: Record<string, string> = {};
    entry.names.forEach((name, index) => {
      params[name] = values[index] ?? '';
    });
    return { is: 'found', route: entry.route, params };
  };

  return {
    attach(methodsOfRoute, path, route) {
      const pattern = toPattern(path);
      const table = pattern.names.length > 0 ? patterns : fixed;
      const added = methodsOfRoute.map((method) => {
        const entry: Entry<T> = { method, path, names: pattern.names, route };
        const paths = table.get(method) ?? new Map<string, Entry<T>[]>();
        table.set(method, paths);
        const entries = paths.get(pattern.text);
        if (entries) entries.push(entry);
        else paths.set(pattern.text, [entry]);
        methods.set(method, (methods.get(method) ?? 0) + 1);
        return entry;
      });
      if (table === patterns) tree = undefined;
      gone.delete(path);
      let attached = true;
      return () => {
        if (!attached) return;
        attached = false;
        for (const entry of added) {
          const paths = table.get(entry.method);
          const entries = paths?.get(pattern.text) ?? [];
          entries.splice(entries.indexOf(entry), 1);
          if (entries.length === 0) paths?.delete(pattern.text);
          if (paths?.size === 0) table.delete(entry.method);
          const left = (methods.get(entry.method) ?? 1) - 1;
          if (left > 0) methods.set(entry.method, left);
          else methods.delete(entry.method);
        }
        if (table === patterns) tree = undefined;
        const now = monotonic();
        for (const [old, until] of gone) if (until <= now || gone.size >= MAX_REMEMBERED) gone.delete(old);
        gone.set(path, now + MEMORY);
      };
    },
    find(method, path) {
      const asGet = method === 'HEAD' ? 'GET' : method;
      const match = findOne(method, path) ?? (asGet === method ? undefined : findOne(asGet, path));
      if (match) return match;
      const allow = [...methods.keys()].filter((other) => other !== method && findOne(other, path));
      if (allow.length > 0) {
        return { is: 'other-method', allow: allow.includes('GET') ? [...new Set([...allow, 'HEAD' as const])] : allow };
      }
      const now = monotonic();
      const recent = [...gone].some(([old, until]) => until > now && covers(old, path));
      return { is: 'missing', recent };
    },
    fixed(method) {
      const found: (readonly [string, T])[] = [];
      for (const entries of fixed.get(method)?.values() ?? []) {
        const entry = entries.at(-1);
        if (entry) found.push([entry.path, entry.route]);
      }
      return found;
    },
    paths(method) {
      const found = new Set<string>();
      for (const table of [fixed, patterns]) {
        for (const entries of table.get(method)?.values() ?? []) for (const entry of entries) found.add(entry.path);
      }
      return [...found].sort();
    },
  };
}

const nothing = (): void => {};
const NO_PARAMS: Params = Object.freeze({});

/** "/{camera}/x.jpg" → "/:a/x.jpg" and ["camera"], in find-my-way's own spelling, where ":" must be doubled. */
function toPattern(path: string): { text: string; names: readonly string[] } {
  const names: string[] = [];
  const text = path.split(/(\{[^{}]*\})/).map((piece, index) => {
    if (index % 2 === 0) return piece;
    const rest = piece.endsWith('*}');
    names.push(piece.slice(1, rest ? -2 : -1));
    return rest ? '*' : `:p${names.length}`;
  });
  if (names.length === 0) return { text: path, names };
  return { text: text.map((piece, index) => (index % 2 === 0 ? piece.replaceAll(':', '::') : piece)).join(''), names };
}

/** True if `path` matches the pattern. */
function covers(pattern: string, path: string): boolean {
  if (!pattern.includes('{')) return pattern === path;
  const expression = pattern
    .split(/(\{[^{}]*\})/)
    .map((piece, index) => {
      if (index % 2 === 0) return piece.replace(/[.*+?^$()|[\]\\{}]/g, '\\$&');
      return piece.endsWith('*}') ? '.*' : '[^/]+';
    })
    .join('');
  return new RegExp(`^${expression}$`).test(path);
}

/** Decodes plain characters written as %XX. It keeps %2F and other reserved characters, so that no segment gains a slash. */
function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
