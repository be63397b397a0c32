// Derives the engine's settings from a node's options; a reload replaces them as a whole. Pure.

import { BlockList, isIPv6 } from 'node:net';
import type { Log, Metrics, People } from '../../../core/contract/plugin.ts';
import type { HttpServerOptions } from '../../../schemas/http/server.ts';
import { type DefaultHeaders, defaultHeaders } from '../../kit/http/default-headers.ts';
import { type Limits, UNIX } from './connections.ts';
import { type Cors, createCors } from './cors.ts';
import { createGate, type Gate } from './gate.ts';
import { serverPeople } from './rights.ts';

export interface Setting {
  readonly options: HttpServerOptions;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly gate: Gate;
  readonly people: People;
  readonly cors: Cors | undefined;
  readonly limits: Limits;
  readonly hasProxies: boolean;
  readonly authenticated: boolean;
  /** Headers of every response: which pages may embed it, and that browsers must not guess its type. */
  readonly protection: DefaultHeaders;
  /** The path without a prefix of `also_under`. */
  local(path: string): string;
}

export function createSetting(options: HttpServerOptions, log: Log, metrics: Metrics): Setting {
  const authenticated = options.auth?.basic !== undefined || options.auth?.bearer !== undefined;
  const people = serverPeople(options.auth);
  const proxies = new Set(options.trusted_proxies);
  const networks = new BlockList();
  for (const proxy of proxies) {
    const [network, bits] = proxy.split('/');
    if (network && bits) networks.addSubnet(network, Number(bits), isIPv6(network) ? 'ipv6' : 'ipv4');
  }
  return {
    options,
    log,
    metrics,
    gate: createGate(options, people),
    people,
    cors: options.cors && createCors(options.cors.origins, authenticated),
    limits: {
      total: options.max_connections,
      perAddress: options.max_connections_per_address,
      isProxy: (address) =>
        proxies.has(address) || (address !== UNIX && networks.check(address, address.includes(':') ? 'ipv6' : 'ipv4')),
    },
    hasProxies: proxies.size > 0,
    authenticated,
    protection: defaultHeaders([
      ['X-Content-Type-Options', 'nosniff'],
      // Any page may embed pictures of an open server, like those of a camera. Pictures behind a password are for pages of the same site.
      ['Cross-Origin-Resource-Policy', authenticated && !options.cors ? 'same-site' : 'cross-origin'],
    ]),
    local: withoutPrefix(options.also_under),
  };
}

/** "/camera/list" → "/list" for the prefix "/camera". It removes the longest matching prefix once. */
function withoutPrefix(prefixes: readonly string[]): (path: string) => string {
  const longest = [...prefixes].sort((a, b) => b.length - a.length);
  if (longest.length === 0) return (path) => path;
  return (path) => {
    const found = longest.find((prefix) => path === prefix || path.startsWith(`${prefix}/`));
    return found === undefined ? path : path.slice(found.length) || '/';
  };
}
