// Determines the person behind a request to the console, with role and cameras. Pure.

import type { Person as KnownPerson, People } from '../../../core/contract/plugin.ts';
import type { HttpConsoleOptions } from '../../../schemas/http/console.ts';
import type { Role } from './api/session.ts';
import { isSocket } from './gate.ts';

export interface Person extends Omit<KnownPerson, 'user'> {
  /** undefined if the console has no users. */
  readonly user: string | undefined;
  /** For the log and the list of changes: "anna from 10.0.0.7". */
  readonly by: string;
}

/** The user in the current profile; undefined if it was removed. */
export function personOf(
  options: HttpConsoleOptions,
  people: People,
  user: string,
  address: string,
): Person | undefined {
  const found = people.find(user);
  if (!found) return undefined;
  return { user, role: atMost(found.role, options), cameras: found.cameras, by: `${user} from ${address}` };
}

/** The person of a console without users: a process that may open its unix socket may also write the profile. */
export function anybody(options: HttpConsoleOptions, address: string): Person {
  const role = isSocket(options.listen) ? atMost('edit', options) : 'look';
  return { user: undefined, role, cameras: undefined, by: `somebody at ${address}` };
}

const atMost = (role: Role, { edit }: HttpConsoleOptions): Role => (role === 'edit' && !edit ? 'operate' : role);
