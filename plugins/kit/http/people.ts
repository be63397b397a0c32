// Users with passwords, what each may do, and which cameras each sees; for every plugin that asks who somebody is. Pure.

import { createHash } from 'node:crypto';
import type { KnownPerson, People, Person, Role } from '../../../core/contract/plugin.ts';

/** A user as a profile writes it. */
export interface UserOption {
  readonly password: string;
  readonly role: Role;
  /** Default: all. */
  readonly cameras?: readonly string[] | undefined;
}

const RANK: Readonly<Record<Role, number>> = { look: 0, operate: 1, edit: 2 };

export const mayDo = ({ role }: Pick<Person, 'role'>, needed: Role): boolean => RANK[role] >= RANK[needed];

/** `person`: undefined for somebody whose rights are not limited. */
export const maySee = (person: Pick<Person, 'cameras'> | undefined, camera: string): boolean =>
  person?.cameras === undefined || person.cameras.has(camera);

/** Whether `now` may do everything that `before` may: what is open for one may stay open for the other. */
export const coversPerson = (now: Person | undefined, before: Person | undefined): boolean =>
  now === undefined ||
  (before !== undefined &&
    mayDo(now, before.role) &&
    (now.cameras === undefined ||
      (before.cameras !== undefined && [...before.cameras].every((camera) => maySee(now, camera)))));

/** Compared in the place of the password, in constant time. */
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
