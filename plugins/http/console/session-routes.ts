// The routes that log in and out, and return the session.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Log, People } from '../../../core/contract/plugin.ts';
import type { HttpConsoleOptions } from '../../../schemas/http/console.ts';
import { type Person, personOf } from './access.ts';
import { refuse, textOf } from './answer.ts';
import type { Session } from './api/session.ts';
import type { OpenRoute } from './routes.ts';
import type { Sessions } from './sessions.ts';

/** Seconds after which a client with too many attempts may retry. */
const RETRY_S = 5;
const PATH = '/api/session';

export interface SessionContext {
  readonly options: HttpConsoleOptions;
  /** undefined if the console has no users. */
  readonly people: (() => People) | undefined;
  readonly sessions: Sessions;
  readonly version: string;
  readonly log: Log;
}

export function sessionRoutes({ options, people, sessions, version, log }: SessionContext): OpenRoute[] {
  const answer = (person: Person | undefined): Session => ({
    ...(person?.user === undefined ? {} : { user: person.user }),
    ...(person ? { role: person.role } : {}),
    ...(person?.cameras ? { cameras: [...person.cameras] } : {}),
    hasUsers: people !== undefined,
    edit: options.edit,
    title: options.title,
    version,
  });
  return [
    { method: 'GET', path: PATH, role: 'nobody', handle: ({ person }) => answer(person) },
    {
      method: 'POST',
      path: PATH,
      role: 'nobody',
      async handle({ reply, client, body }) {
        const given = await body();
        const user = textOf(given, 'user', 64);
        const password = textOf(given, 'password');
        if (!people) throw refuse('bad-request', 'This console has no users, so there is nothing to log in to.');
        const result = sessions.login(people(), user, password, client.address, client.secure);
        if (result.ok) {
          reply.header('set-cookie', result.cookie);
          log.info('console: logged in', { by: `${user} from ${client.address}` });
          return answer(personOf(options, people(), user, client.address));
        }
        if (result.late === undefined) {
          const message = 'Too many login attempts are waiting; try again later.';
          throw refuse('too-many-logins', message, { retryAfter: RETRY_S });
        }
        log.warn('console: a login was refused', { why: `wrong user or password from ${client.address}` });
        try {
          if (result.late > 0) await sleep(result.late, undefined, { ref: false });
        } finally {
          result.sent();
        }
        throw refuse('wrong-login', 'The user or the password is wrong.');
      },
    },
    {
      method: 'DELETE',
      path: PATH,
      role: 'nobody',
      handle({ request, reply, person }) {
        sessions.logout(request.headers);
        reply.header('set-cookie', sessions.gone);
        if (person?.user !== undefined) log.info('console: logged out', { by: person.by });
        return answer(undefined);
      },
    },
  ];
}
