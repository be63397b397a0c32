// The type of a route of the console's API, and the lookup of routes. Pure.

import type { HttpReply, HttpRequest } from '../../../core/contract/plugin.ts';
import type { Person } from './access.ts';
import type { Role } from './api/session.ts';
import type { Client } from './gate.ts';

export interface Call {
  readonly request: HttpRequest;
  readonly reply: HttpReply;
  readonly params: Readonly<Record<string, string>>;
  readonly client: Client;
  readonly person: Person;
  /** The JSON object of the request. */
  body(): Promise<Readonly<Record<string, unknown>>>;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `{name}` stands for one segment. */
  readonly path: string;
  /** The least role; `nobody` also allows a client without a login, whose `person` is undefined. */
  readonly role: Role;
  /** Its result is sent as JSON, unless it has sent a reply itself. */
  handle(call: Call): unknown;
}

/** A route that needs no session. */
export interface OpenRoute extends Omit<Route, 'role' | 'handle'> {
  readonly role: 'nobody';
  handle(call: Omit<Call, 'person'> & { readonly person: Person | undefined }): unknown;
}

export type AnyRoute = Route | OpenRoute;

export type Found =
  | { readonly is: 'found'; readonly route: AnyRoute; readonly params: Readonly<Record<string, string>> }
  | { readonly is: 'other-method'; readonly allow: readonly string[] }
  | { readonly is: 'missing' };

export function findRoute(routes: readonly AnyRoute[], method: string, path: string): Found {
  const fitting = routes.flatMap((route) => {
    const params = paramsOf(route.path, path);
    return params ? [{ route, params }] : [];
  });
  const found = fitting.find(({ route }) => route.method === method);
  if (found) return { is: 'found', ...found };
  const allow = [...new Set(fitting.map(({ route }) => route.method))];
  return allow.length > 0 ? { is: 'other-method', allow } : { is: 'missing' };
}

/** undefined if the path does not match the pattern. */
export function paramsOf(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, piece] of wanted.entries()) {
    const text = given[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(piece)?.[1];
    if (name === undefined) {
      if (piece !== text) return undefined;
      continue;
    }
    try {
      params[name] = decodeURIComponent(text);
    } catch {
      return undefined;
    }
    if (params[name] === '') return undefined;
  }
  return params;
}
