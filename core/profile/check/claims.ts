// Claims: resources that only one node may own, their normalised names, and collisions between them. Pure.

import { resolve } from 'node:path';
import { parseAddress } from '../../base/address.ts';
import type { ResourceKind } from '../../contract/schema.ts';
import type { Claim } from '../profile.ts';

const ANY = '*';
const ANY_V4 = '0.0.0.0';

/**
 * "localhost:8080" → "127.0.0.1:8080", ":8080" → "*:8080", "unix:run/x" → a socket by its absolute path. undefined for port 0, which never
 * collides, and for invalid addresses. Relative paths are resolved against `folder`.
 */
export function normalClaim(
  kind: ResourceKind,
  value: string,
  folder: string,
): { kind: ResourceKind; name: string } | undefined {
  if (kind === 'client-id') return { kind, name: value };
  if (kind !== 'address') return { kind, name: resolve(folder, value.replace(/^unix:/, '')) };
  const address = parseAddress(value);
  if (!address) return undefined;
  if (address.kind === 'unix') return { kind: 'socket', name: resolve(folder, address.path) };
  return address.port === 0 ? undefined : { kind, name: `${normalHost(address.host)}:${address.port}` };
}

function normalHost(host: string): string {
  const lower = host.toLowerCase();
  if (lower === '' || lower === ANY || /^[0:]+$/.test(lower)) return ANY;
  if (lower === 'localhost') return '127.0.0.1';
  if (!lower.includes(':')) return lower;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(lower)?.[1];
  if (mapped) return mapped;
  return URL.canParse(`http://[${lower}]/`) ? new URL(`http://[${lower}]/`).hostname : `[${lower}]`;
}

/** True if only one of both is possible: equal names, or a port on every interface and the same port on one of them. */
export function collide(a: Pick<Claim, 'kind' | 'name'>, b: Pick<Claim, 'kind' | 'name'>): boolean {
  if (a.kind !== b.kind) return false;
  if (a.name === b.name) return true;
  if (a.kind !== 'address') return false;
  const [hostA, portA] = split(a.name);
  const [hostB, portB] = split(b.name);
  return portA === portB && (covers(hostA, hostB) || covers(hostB, hostA));
}

function split(name: string): [string, string] {
  const colon = name.lastIndexOf(':');
  return [name.slice(0, colon), name.slice(colon + 1)];
}

const covers = (wide: string, narrow: string): boolean =>
  wide === ANY || (wide === ANY_V4 && /^\d+\.\d+\.\d+\.\d+$/.test(narrow));

/** "/x/{camera}.jpg" and "/x/{name}.jpg" are the same route. */
export const normalRoute = (path: string): string => path.replaceAll(/\{[^{}*]*(\*?)\}/g, '{$1}');
