// Who somebody is to the console, and which cameras that person sees. Pure.

import type { Person as KnownPerson, People } from '../../../core/contract/plugin.ts';
import type { HttpConsoleOptions } from '../../../schemas/http/console.ts';
import type { Role } from './api/session.ts';
import { isSocket } from './gate.ts';

export interface Person extends Omit<KnownPerson, 'user'> {
  /** undefined where the console has no users. */
  readonly user: string | undefined;
  /** For the log and the list of changes: "anna from 10.0.0.7". */
  readonly by: string;
}

/** The user as the profile has it now; undefined when it is gone. */
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

/** Where the console has no users: who may open its unix socket may write the profile as well. */
export function anybody(options: HttpConsoleOptions, address: string): Person {
  const role = isSocket(options.listen) ? atMost('edit', options) : 'look';
  return { user: undefined, role, cameras: undefined, by: `somebody at ${address}` };
}

const atMost = (role: Role, { edit }: HttpConsoleOptions): Role => (role === 'edit' && !edit ? 'operate' : role);
