// Listening TCP ports of this machine and their processes, from /proc/net (proc_pid_net(5)).

import { readFileSync } from 'node:fs';
import { type Holder, holdersOf } from '../process/holders.ts';

/** One listening socket. */
export interface Listening {
  /** "127.0.0.1", "::1"; "*" for every address. */
  readonly host: string;
  readonly port: number;
  readonly inode: string;
}

/** The state TCP_LISTEN of include/net/tcp_states.h. */
const LISTEN = '0A';

export const listening = (): Listening[] =>
  ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => parseListening(text(file)));

/** Parses the table of /proc/net/tcp or tcp6. Pure. */
export function parseListening(table: string): Listening[] {
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    const [address = '', port = ''] = local.split(':');
    return state === LISTEN ? [{ host: hostOf(address), port: Number.parseInt(port, 16), inode }] : [];
  });
}

/** Words of 32 bits in the byte order of this machine, which is little-endian on all platforms of Node.js. */
function hostOf(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).reverse()).map((byte) => Number.parseInt(byte, 16));
  if (bytes.every((byte) => byte === 0)) return '*';
  if (bytes.length === 4) return bytes.join('.');
  const mapped = bytes.slice(0, 12).join() === '0,0,0,0,0,0,0,0,0,0,255,255';
  if (mapped) return bytes.slice(12).join('.');
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
  );
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

/** The sockets that prevent listening on this address; "*" stands for every address. */
export const takersOf = (host: string, port: number, all: readonly Listening[]): Listening[] =>
  all.filter(
    (socket) =>
      socket.port === port && (socket.host === host || socket.host === '*' || host === '*' || host === '0.0.0.0'),
  );

/** The first free port from this one on; undefined if the next hundred are in use. */
export function nextFree(host: string, port: number, all: readonly Listening[]): number | undefined {
  for (let next = port; next < port + 100 && next <= 65_535; next++)
    if (takersOf(host, next, all).length === 0) return next;
  return undefined;
}

/** The processes that hold these sockets, if this user may see them. */
export const ownersOf = (sockets: readonly Listening[]): Promise<Holder[]> =>
  holdersOf(new Set(sockets.map(({ inode }) => `socket:[${inode}]`)));

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
