// Checks the options of a server: access without a password from the network, and rights of users that do not exist. Pure.

import { parseAddress } from '../../../core/base/address.ts';
import type { Finding } from '../../../core/contract/plugin.ts';
import type { HttpServerOptions } from '../../../schemas/http/server.ts';

/** `auth: { public: ["/*"] }` states that open access is intended. */
export function checkOpen({ listen, auth, trusted_proxies: proxies }: HttpServerOptions): Finding[] {
  const address = parseAddress(listen);
  if (address?.kind !== 'tcp' || auth !== undefined || proxies.length > 0 || isLoopback(address.host)) return [];
  const message =
    `listen: ${listen} is open to the network, and without "auth" everybody there sees all pictures; add "auth", ` +
    `listen on 127.0.0.1, or write auth: { public: ["/*"] } if that is intended.`;
  return [{ option: 'listen', code: 'advice', severity: 'warning', message }];
}

/** With a misspelt name, the intended user would keep all rights. */
export function checkRights({ auth }: Pick<HttpServerOptions, 'auth'>): Finding[] {
  const users = auth?.basic?.users ?? {};
  const strangers = Object.keys(auth?.rights ?? {}).filter((name) => !Object.hasOwn(users, name));
  return strangers.map((name) => ({
    option: `auth.rights.${name}`,
    code: 'wrong-value',
    message: `auth.rights: there is no user "${name}" in auth.basic.users; the users are ${Object.keys(users).join(', ') || 'none'}.`,
  }));
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.');
