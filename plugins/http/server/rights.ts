// Checks a route against the role and the cameras of a user whose rights the profile limits. Pure.

import type { Person, Role, Route } from '../../../core/contract/plugin.ts';
import type { HttpServerOptions } from '../../../schemas/http/server.ts';
import { mayDo, maySee, peopleOf, type UserOption } from '../../kit/http/people.ts';

/** Methods that only read (RFC 9110 §9.2.1). */
export const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface Denial {
  readonly status: 403 | 404;
  readonly message: string;
}

/** undefined: the route is open to this person. A camera of other users is answered like a missing one. */
export function denialOf(
  { cameras, role }: Pick<Route, 'cameras' | 'role'>,
  { person, method, params }: { person: Person | undefined; method: string; params: Readonly<Record<string, string>> },
): Denial | undefined {
  if (!person) return undefined;
  const needed: Role = role ?? (SAFE.has(method) ? 'look' : 'operate');
  if (!mayDo(person, needed)) {
    return { status: 403, message: `this needs the role "${needed}", and yours is "${person.role}"` };
  }
  if (person.cameras === undefined || cameras === 'none' || cameras === 'own') return undefined;
  if (cameras === undefined) {
    return { status: 403, message: 'this path shows every camera, and you see only some of them' };
  }
  return maySee(person, params.camera ?? '')
    ? undefined
    : { status: 404, message: 'there is no camera with this name' };
}

/** All users of `auth.basic`; a user without an entry in `auth.rights` has all rights. */
export function usersOf(auth: HttpServerOptions['auth']): Readonly<Record<string, UserOption>> {
  const { rights = {} } = auth ?? {};
  return Object.fromEntries(
    Object.entries(auth?.basic?.users ?? {}).map(([user, password]): [string, UserOption] => {
      const limited = Object.hasOwn(rights, user) ? rights[user] : undefined;
      return [user, { password, role: limited?.role ?? 'edit', cameras: limited?.cameras }];
    }),
  );
}

export const serverPeople = (auth: HttpServerOptions['auth']) => peopleOf(usersOf(auth));
