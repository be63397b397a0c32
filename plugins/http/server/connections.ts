// Tracks open connections and enforces the limits on them.

import type { Socket } from 'node:net';

export interface Limits {
  readonly total: number;
  readonly perAddress: number;
  /** Not counted per address: many clients connect through it. */
  isProxy(address: string): boolean;
}

export interface Connections {
  readonly size: () => number;
  /** False when a limit is reached; the socket is then not counted. */
  admit(socket: Socket, limits: Limits): boolean;
  /** Counts a request of this client, which came through a proxy; undefined when the limit is reached. */
  admitThroughProxy(client: string, limits: Limits): (() => void) | undefined;
  /** Resolves when all connections are closed, or after `bound` ms. */
  emptied(bound: number): Promise<void>;
  /** Closes connections that have sent no byte yet, such as those that browsers open in advance. */
  destroySilent(): void;
  destroyAll(): void;
}

/** Stands for the address of a client on a unix socket. */
export const UNIX = 'unix';

export function createConnections(): Connections {
  const open = new Set<Socket>();
  const byAddress = new Map<string, number>();
  const byClient = new Map<string, number>();
  let onEmpty: (() => void) | undefined;

  return {
    size: () => open.size,
    admit(socket, limits) {
      const address = addressOf(socket);
      const counted = address !== UNIX && !limits.isProxy(address);
      if (open.size >= limits.total || (counted && (byAddress.get(address) ?? 0) >= limits.perAddress)) return false;
      open.add(socket);
      if (counted) add(byAddress, address, 1);
      socket.once('close', () => {
        open.delete(socket);
        if (counted) add(byAddress, address, -1);
        if (open.size === 0) onEmpty?.();
      });
      return true;
    },
    admitThroughProxy(client, limits) {
      if ((byClient.get(client) ?? 0) >= limits.perAddress) return undefined;
      add(byClient, client, 1);
      return () => add(byClient, client, -1);
    },
    async emptied(bound) {
      if (open.size === 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, bound);
        onEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
    destroySilent() {
      for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
    },
    destroyAll() {
      for (const socket of open) socket.destroy();
    },
  };
}

/** Without the IPv6 prefix that a dual-stack listener adds to IPv4 addresses. */
export const addressOf = (socket: Socket): string => (socket.remoteAddress ?? UNIX).replace(/^::ffff:/, '');

function add(counts: Map<string, number>, key: string, by: number): void {
  const next = (counts.get(key) ?? 0) + by;
  if (next > 0) counts.set(key, next);
  else counts.delete(key);
}
