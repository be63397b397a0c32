// Users with their passwords, rights and visible cameras, for every plugin that identifies users. Pure.

import { createHash } from 'node:crypto';
import type { KnownPerson, People, Person, Role } from '../../../core/contract/plugin.ts';

/** A user in the profile. */
export interface UserOption {
  readonly password: string;
  readonly role: Role;
  /** Default: all. */
  readonly cameras?: readonly string[] | undefined;
}

const RANK: Readonly<Record<Role, number>> = { look: 0, operate: 1, edit: 2 };

export const mayDo = ({ role }: Pick<Person, 'role'>, needed: Role): boolean => RANK[role] >= RANK[needed];

/** `person`: undefined for a client with unlimited rights. */
export const maySee = (person: Pick<Person, 'cameras'> | undefined, camera: string): boolean =>
  person?.cameras === undefined || person.cameras.has(camera);

/** True if `now` may do everything that `before` may, so that open connections may stay open. */
export const coversPerson = (now: Person | undefined, before: Person | undefined): boolean =>
  now === undefined ||
  (before !== undefined &&
    mayDo(now, before.role) &&
    (now.cameras === undefined ||
      (before.cameras !== undefined && [...before.cameras].every((camera) => maySee(now, camera)))));

/** A digest that is compared instead of the password, in constant time. */
export const printOf = (user: string, password: string): Buffer =>
  createHash('sha256').update(`${user}:${password}`, 'utf8').digest();

export function peopleOf(users: Readonly<Record<string, UserOption>>): People & Iterable<KnownPerson> {
  const people = new Map(
    Object.entries(users).map(([user, { password, role, cameras }]): [string, KnownPerson] => [
      user,
      { user, role, cameras: cameras && new Set(cameras), print: printOf(user, password) },
    ]),
  );
  return { find: (user) => people.get(user), [Symbol.iterator]: () => people.values() };
}
