// Advice for a server that everybody on the network can reach and that asks nobody who they are. Pure.

import { parseAddress } from '../../../core/base/address.ts';
import type { Finding } from '../../../core/contract/plugin.ts';
import type { HttpServerOptions } from '../../../schemas/http/server.ts';

/** `auth: { public: ["/*"] }` says that this is meant. */
export function checkOpen({ listen, auth, trusted_proxies: proxies }: HttpServerOptions): Finding[] {
  const address = parseAddress(listen);
  if (address?.kind !== 'tcp' || auth !== undefined || proxies.length > 0 || isLoopback(address.host)) return [];
  const message =
    `listen: ${listen} is open to the network, and without "auth" everybody there sees all pictures; add "auth", ` +
    `listen on 127.0.0.1, or write auth: { public: ["/*"] } if that is meant.`;
  return [{ option: 'listen', code: 'advice', severity: 'warning', message }];
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.');
