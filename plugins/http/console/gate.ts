// Checks whether a request may reach the console: Host, origin, and proxy. Pure.

import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { parseAddress } from '../../../core/base/address.ts';
import type { HttpConsoleOptions } from '../../../schemas/http/console.ts';
import { hostName } from '../../kit/http/hosts.ts';
import { forwardedOf, isForeign } from '../../kit/http/origin.ts';

export interface Asked {
  readonly headers: IncomingHttpHeaders;
  /** Address of the connection; "unix" for a socket. */
  readonly address: string;
  /** True for a page, script or style, which other sites may link to. */
  readonly isPage: boolean;
}

export interface Client {
  /** Behind a trusted proxy, the address that it forwards. */
  readonly address: string;
  /** True if the browser uses HTTPS. */
  readonly secure: boolean;
}

export type Passage =
  | { readonly ok: true; readonly client: Client }
  | { readonly ok: false; readonly status: 403 | 421; readonly message: string };

export type Gate = (asked: Asked) => Passage;

export const UNIX = 'unix';

export function createGate({ listen, tls, hosts, trusted_proxies }: HttpConsoleOptions, machine = hostname()): Gate {
  const proxies = new Set(trusted_proxies);
  const named = hosts && new Set(hosts.map((host) => host.toLowerCase()));
  const local = new Set(['', 'localhost', machine.toLowerCase(), `${machine.toLowerCase()}.local`]);
  const guarded = tls === undefined && !isLocal(listen);

  return ({ headers, address, isPage }) => {
    const proxied = proxies.has(address);
    if (guarded && !proxied && !isLoopback(address)) {
      return refuse(403, 'This console is only served through its proxy, which the option "trusted_proxies" names.');
    }
    const forwarded = proxied ? forwardedOf(headers) : undefined;
    const name = hostName(forwarded?.host ?? headers.host);
    if (!(named ? named.has(name) : local.has(name) || isIP(name) !== 0)) {
      return refuse(421, 'This console is not served under this host name; add it to the option "hosts".');
    }
    const site = headers['sec-fetch-site'];
    const elsewhere = typeof site === 'string' && site !== 'same-origin' && site !== 'none';
    if (!isPage && (elsewhere || isForeign(headers, NONE, forwarded))) {
      return refuse(403, 'Pages of another site cannot use this console.');
    }
    const passed = String(headers['x-forwarded-for'] ?? '')
      .split(',')
      .map((one) => one.trim());
    const client = proxied ? (passed.findLast((one) => one !== '' && !proxies.has(one)) ?? address) : address;
    const secure = tls !== undefined || (proxied && forwarded?.proto === 'https');
    return { ok: true, client: { address: client.slice(0, 64), secure } };
  };
}

const NONE: ReadonlySet<string> = new Set();

const refuse = (status: 403 | 421, message: string): Passage => ({ ok: false, status, message });

const isLoopback = (address: string): boolean =>
  address === UNIX || address === '::1' || address === 'localhost' || address.startsWith('127.');

/** True if only this machine can reach the address. */
export function isLocal(listen: string): boolean {
  const address = parseAddress(listen);
  return address?.kind === 'unix' || (address?.kind === 'tcp' && isLoopback(address.host));
}

export const isSocket = (listen: string): boolean => parseAddress(listen)?.kind === 'unix';
