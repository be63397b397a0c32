// Decides which clients may connect to the broker: credentials, client ids, and growing delays against password guessing.

import type { AuthErrorCode, AuthenticateError, Client } from 'aedes';
import type { Clock } from '../../../core/contract/plugin.ts';
import { createGuessing } from '../../kit/ingest/guessing.ts';
import type { Access } from './access.ts';
import type { Member, Setting } from './engine.ts';

type Answer = (error: AuthenticateError | null, success: boolean | null) => void;

/** Return codes of CONNACK (MQTT 3.1.1 §3.2.2.3). */
const IDENTIFIER_REJECTED = 2 as AuthErrorCode;
const UNAVAILABLE = 3 as AuthErrorCode;

export interface Entry {
  /** The access of a client that may connect; otherwise undefined, and `answer` is called, possibly later. */
  enter(client: Client, username: string | undefined, password: Buffer | undefined, answer: Answer): Access | undefined;
  /** The client sent no id, so the broker generates one. */
  unnamed(client: Client): void;
}

export interface EntryOptions {
  setting(): Setting;
  addressOf(client: Client): string;
  /** The client connected with this id. */
  holderOf(id: string): Member | undefined;
  readonly clock: Clock;
}

export function createEntry({ setting, addressOf, holderOf, clock }: EntryOptions): Entry {
  const guessing = createGuessing(clock.monotonic);
  const unnamed = new WeakSet<Client>();

  const refuse = (answer: Answer, code: AuthErrorCode, message: string): void => {
    setting().metrics.count('refused_clients_total');
    answer(Object.assign(new Error(message), { returnCode: code }), null);
  };

  return {
    unnamed: (client) => void unnamed.add(client),
    enter(client, username, password, answer) {
      const { admit, mayUseId, log, metrics } = setting();
      const address = addressOf(client);
      const credentials = `${username ?? ''}:${password?.toString('base64') ?? ''}`;
      const attempt = { address, user: username, credentials };
      if (username !== undefined && !guessing.mayTry(attempt)) {
        refuse(answer, UNAVAILABLE, 'too many wrong passwords; try again later');
        return undefined;
      }
      const access = admit(client.id, username, password);
      if (!access) {
        metrics.count('refused_clients_total');
        const { failures, delay, sent } = guessing.wrong(attempt);
        log.warn('a client was refused: wrong user or password', { address, user: username, failures });
        const late = (): void => {
          sent();
          answer(null, false);
        };
        if (delay === 0) late();
        else setTimeout(late, delay).unref();
        return undefined;
      }
      if (username !== undefined) guessing.right(attempt);
      const holder = holderOf(client.id);
      const isTaken = holder !== undefined && holder.username !== username;
      if (isTaken || (!unnamed.has(client) && !mayUseId(client.id, username))) {
        log.warn('a client was refused: its id belongs to another user', {
          address,
          user: username,
          client: client.id,
        });
        refuse(answer, IDENTIFIER_REJECTED, 'this client id belongs to another user');
        return undefined;
      }
      return access;
    },
  };
}
