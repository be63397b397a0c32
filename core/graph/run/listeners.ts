// Listening sockets: the core owns them, passes them from node to node, and keeps them open while the profile names them.

import { existsSync, lstatSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { ADDRESS_EXAMPLES, type Address, formatAddress, parseAddress } from '../../base/address.ts';
import { errorCode } from '../../base/reason.ts';
import type { Listener } from '../../contract/plugin.ts';
import type { Release } from '../../contract/ports.ts';
import { environment, isFault, misuse } from '../../contract/problems.ts';

/**
 * Connections that the kernel may queue before they are accepted, unless net.core.somaxconn is lower. A thousand viewers may connect at
 * once, and a client whose connection finds the queue full retries only after a second.
 */
export const BACKLOG = 4096;
/** Connections of one listener that may wait for its next owner during a reload. */
export const MAX_ORPHANS = 1024;

export interface Listeners {
  /** Opens the address, or takes over the open listener; the newest owner receives the connections. */
  acquire(address: string, owner: string): Promise<{ listener: Listener; release: Release }>;
  /** While held, listeners without an owner stay open for the next one. Releasing the last hold closes the remaining ones. */
  hold(): Release;
  closeAll(): Promise<void>;
}

/** A socket opened by the service manager: its name and descriptor (systemd.socket(5), FileDescriptorName=). */
export interface InheritedSocket {
  readonly name: string;
  readonly fd: number;
}

interface Owner {
  onConnection: ((socket: Socket) => void) | undefined;
}

interface Entry {
  readonly key: string;
  readonly name: string | undefined;
  readonly server: Server;
  readonly owners: Owner[];
  /** Connections that arrived between two owners. */
  readonly orphans: Socket[];
}

/** Calls `onTrouble` when connections cannot be accepted, for example without free file descriptors. */
export function createListeners(inherited: readonly InheritedSocket[] = [], onTrouble: Trouble = () => {}): Listeners {
  const entries = new Map<string, Promise<Entry>>();
  /** Entries that have lost their last owner, by key. */
  const free = new Map<string, Entry>();
  let adopted: Promise<Entry[]> | undefined;
  let holds = 0;

  const open = (address: Address, key: string, owner: string): Promise<Entry> => {
    const known = entries.get(key);
    if (known) return known;
    const opening = (async (): Promise<Entry> => {
      adopted ??= Promise.all(inherited.map(adopt));
      const offered = (await adopted).find(
        (entry) => entry.owners.length === 0 && (entry.name === owner || entry.key === key),
      );
      return offered ?? { key, name: undefined, server: await listenAnew(address), owners: [], orphans: [] };
    })();
    entries.set(key, opening);
    opening.then(
      (entry) => dispatch(entry, () => holds > 0),
      () => entries.delete(key),
    );
    return opening;
  };
  /** An unowned listener may block the new address: 127.0.0.1:80 blocks :80. */
  const listenAnew = async (address: Address): Promise<Server> => {
    try {
      return await listen(address, onTrouble);
    } catch (cause) {
      const inUse = isFault(cause) && errorCode(cause.cause) === 'EADDRINUSE';
      if (!inUse || !(await closeFree())) throw cause;
      return listen(address, onTrouble);
    }
  };
  const closeFree = async (): Promise<boolean> => {
    const closing = [...free];
    free.clear();
    for (const [key, { server, orphans }] of closing) {
      for (const socket of orphans.splice(0)) socket.destroy();
      entries.delete(key);
      await close(server);
    }
    return closing.length > 0;
  };
  const closeUnowned = async (): Promise<void> => {
    for (const [key, opening] of [...entries]) {
      const entry = await opening.catch(() => undefined);
      if (!entry || holds > 0) continue;
      for (const socket of entry.orphans.splice(0)) socket.destroy();
      if (entry.owners.length > 0 || entry.name !== undefined) continue;
      entries.delete(key);
      free.delete(key);
      await close(entry.server);
    }
  };

  return {
    async acquire(text, ownerId) {
      const address = parseAddress(text);
      if (!address) throw misuse('bad-address', `"${text}" is not an address; write it like ${ADDRESS_EXAMPLES}`);
      const key =
        address.kind === 'tcp' && address.port === 0
          ? `${formatAddress(address)} of ${ownerId}`
          : formatAddress(address);
      free.delete(key);
      const entry = await open(address, key, ownerId);
      const owner: Owner = { onConnection: undefined };
      entry.owners.push(owner);
      return {
        listener: {
          ...reachable(entry.server),
          accept: (onConnection) => {
            owner.onConnection = onConnection;
            for (const socket of entry.orphans.splice(0)) onConnection(socket);
            return () => {
              if (owner.onConnection === onConnection) owner.onConnection = undefined;
            };
          },
        },
        release: () => {
          const at = entry.owners.indexOf(owner);
          if (at < 0) return;
          entry.owners.splice(at, 1);
          if (entry.owners.length === 0 && entry.name === undefined) free.set(key, entry);
          if (holds === 0) void closeUnowned();
        },
      };
    },
    hold() {
      holds++;
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        holds--;
        if (holds === 0) void closeUnowned();
      };
    },
    async closeAll() {
      const all = await Promise.allSettled([...entries.values()]);
      entries.clear();
      const rest = adopted ? await adopted : [];
      const open = all.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      await Promise.all([...new Set([...open, ...rest])].map((entry) => close(entry.server)));
    },
  };
}

/** The newest accepting owner receives the connection. Without one, it waits during a reload; otherwise it is closed. */
function dispatch(entry: Entry, held: () => boolean): void {
  entry.server.on('connection', (socket: Socket) => {
    const owner = entry.owners.findLast((candidate) => candidate.onConnection !== undefined);
    if (owner?.onConnection) owner.onConnection(socket);
    else if (held() && entry.orphans.length < MAX_ORPHANS) entry.orphans.push(socket);
    else socket.destroy();
  });
}

/** noDelay: Nagle's algorithm and delayed acknowledgements together delay a streamed frame by 40 ms. */
const create = (): Server => createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 });

type Trouble = (address: string, cause: Error) => void;

async function listen(address: Address, trouble: Trouble): Promise<Server> {
  if (address.kind === 'unix') await removeStale(address.path);
  const server = create();
  const where =
    address.kind === 'unix'
      ? { path: address.path }
      : { port: address.port, ...(address.host === '' ? {} : { host: address.host }) };
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(cannotListen(address, cause)));
    server.listen({ ...where, backlog: BACKLOG }, () => {
      server.removeAllListeners('error');
      // For example without free descriptors: the kernel keeps the connection in the backlog, and it is accepted later.
      server.on('error', (cause: NodeJS.ErrnoException) => trouble(formatAddress(address), cause));
      resolve(server);
    });
  });
}

function cannotListen(address: Address, cause: NodeJS.ErrnoException): Error {
  const where = formatAddress(address);
  const why: Record<string, string> = {
    EADDRINUSE: `another program uses ${where}; stop it or choose another address`,
    EACCES: `camd may not listen on ${where}; ports below 1024 need CAP_NET_BIND_SERVICE`,
    EADDRNOTAVAIL: `this machine has no address for ${where}`,
    ENOENT: `the folder of ${where} does not exist`,
    EMFILE: `no file descriptors are left for ${where}; raise LimitNOFILE`,
  };
  // Node.js reports EACCES for a socket in a folder that does not exist.
  const noFolder = address.kind === 'unix' && cause.code === 'EACCES' && !existsSync(dirname(address.path));
  const code = noFolder ? 'ENOENT' : (cause.code ?? '');
  return environment('cannot-listen', why[code] ?? `cannot listen on ${where}: ${cause.message}`, cause);
}

/** Removes a socket file that no process answers: its owner has died. */
async function removeStale(path: string): Promise<void> {
  const alive = await new Promise<boolean | undefined>((resolve) => {
    const probe = connect({ path });
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (cause: NodeJS.ErrnoException) => resolve(cause.code === 'ECONNREFUSED' ? false : undefined));
  });
  // A file that is not a socket was put there by the user and stays.
  if (alive === false && lstatSync(path).isSocket()) rmSync(path, { force: true });
}

function adopt({ name, fd }: InheritedSocket): Promise<Entry> {
  const server = create();
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        environment(
          'bad-socket',
          `the socket "${name}" from the service manager cannot be used: ${cause.message}`,
          cause,
        ),
      ),
    );
    server.listen({ fd }, () => {
      server.removeAllListeners('error');
      server.on('error', () => {});
      resolve({ key: reachable(server).address, name, server, owners: [], orphans: [] });
    });
  });
}

function reachable(server: Server): { host: string; port: number; address: string } {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') return { host: '', port: 0, address: `unix:${bound ?? ''}` };
  const wild = bound.address === '::' || bound.address === '0.0.0.0';
  const host = wild ? '' : bound.address;
  return { host, port: bound.port, address: formatAddress({ kind: 'tcp', host, port: bound.port }) };
}

/** Does not wait for open connections: they belong to the nodes. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    resolve();
  });
}
