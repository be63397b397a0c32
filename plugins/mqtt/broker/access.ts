// Access control of the embedded broker: users, passwords and topic rules. Pure.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { MqttBrokerOptions } from '../../../schemas/mqtt/broker.ts';
import { covers, topicMatcher } from '../../kit/mqtt/topic.ts';

/** The permissions of one client. */
export interface Access {
  /** The rules as text. Equal text means equal permissions. */
  readonly rules: string;
  mayPublish(topic: string): boolean;
  maySubscribe(filter: string): boolean;
}

/** undefined: this client may not connect. */
export type Admit = (
  clientId: string,
  username: string | undefined,
  password: Buffer | undefined,
) => Access | undefined;

export function createAdmit(options: Pick<MqttBrokerOptions, 'users' | 'anonymous'>): Admit {
  return (clientId, username, password) => {
    if (username === undefined) return options.anonymous && accessOf(options.anonymous, clientId, '');
    let known: MqttBrokerOptions['users'][number] | undefined;
    // Every user is compared, so that the response time does not reveal which names exist.
    for (const user of options.users) {
      const right = same(user.password, password ?? Buffer.alloc(0));
      if (user.name === username && right) known = user;
    }
    return known && accessOf(known, clientId, username);
  };
}

/**
 * A user with `client_ids` may use only ids with these prefixes, and other users may not use them: a client that connects with the
 * id of another client disconnects it (MQTT 3.1.1 §3.1.4).
 */
export function createIdRules(options: Pick<MqttBrokerOptions, 'users'>) {
  const owners = options.users.map(({ name, client_ids }) => ({
    name,
    prefixes: client_ids.map((prefix) => prefix.replaceAll('%u', () => name)),
  }));
  const begins = (id: string, prefixes: readonly string[]): boolean => prefixes.some((prefix) => id.startsWith(prefix));
  return (clientId: string, username: string | undefined): boolean => {
    const own = owners.filter(({ name }) => name === username).flatMap(({ prefixes }) => prefixes);
    if (own.length > 0) return begins(clientId, own);
    return !owners.some(({ name, prefixes }) => name !== username && begins(clientId, prefixes));
  };
}

function same(expected: string, given: Buffer): boolean {
  return timingSafeEqual(digest(expected), digest(given));
}

const digest = (text: string | Buffer): Buffer => createHash('sha256').update(text).digest();

function accessOf(
  rules: { publish: readonly string[]; subscribe: readonly string[] },
  clientId: string,
  username: string,
): Access {
  const publish = rules.publish.flatMap((rule) => filled(rule, clientId, username));
  const matchers = publish.map(topicMatcher);
  const subscribe = rules.subscribe.flatMap((rule) => filled(rule, clientId, username));
  return {
    rules: JSON.stringify([publish, subscribe]),
    mayPublish: (topic) => matchers.some((matches) => matches(topic)),
    maySubscribe: (filter) => subscribe.some((allowed) => covers(allowed, filter)),
  };
}

/** A client chooses its own id, so an id with "/", "+" or "#" must not widen a rule: such a rule then allows nothing. */
function filled(rule: string, clientId: string, username: string): string[] {
  const isUnusable = (text: string) => text === '' || /[/+#]/.test(text);
  if ((rule.includes('%c') && isUnusable(clientId)) || (rule.includes('%u') && isUnusable(username))) return [];
  return [rule.replaceAll('%c', () => clientId).replaceAll('%u', () => username)];
}
