// Checks Host headers, as a defence against pages that point a name of their own at the server (DNS rebinding). Pure.

import { isIP } from 'node:net';

/** Names that no public DNS server answers for (RFC 6761, RFC 8375, and what home routers use). */
const PRIVATE = /(^|\.)(localhost|local|localdomain|lan|home|internal|home\.arpa|test)$/;
/** RFC 9110 §7.2 and RFC 3986 §3.2.2: a name or an address, and a port. */
const HOST = /^(\[[0-9a-f:.]+(%[\w.~-]+)?\]|[\w.~%!$&'()*+,;=-]*)(:\d{0,5})?$/i;

export const isWellFormed = (host: string): boolean => HOST.test(host) && host.length <= 512;

/** "Cam.local:8080" → "cam.local", "[::1]:80" → "::1". */
export function hostName(host: string | undefined): string {
  const name = (host ?? '').toLowerCase().replace(/:\d*$/, '');
  return name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name.replace(/\.$/, '');
}

/**
 * True for names that the owner of a foreign page cannot control: addresses, names without a dot, names of the local network, and
 * this machine's own name.
 */
export function isOwnName(name: string, machine: string): boolean {
  return name === '' || isIP(name) !== 0 || !name.includes('.') || PRIVATE.test(name) || name === machine.toLowerCase();
}
