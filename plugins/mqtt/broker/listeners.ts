// The broker's connections over TCP and WebSocket, each within limits; they survive the listeners of a node.

import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Listener, Memory } from '../../../core/contract/plugin.ts';
import type { Release } from '../../../core/contract/ports.ts';
import { isForeign } from '../../kit/http/origin.ts';
import { acceptUpgrade } from '../../kit/websocket/accept.ts';
import { createPacketGuard, type PacketGuard, type Refusal } from './packet-guard.ts';
import { openWebSocketStream } from './websocket-stream.ts';

export interface ListenerSetting {
  readonly maxPacket: number;
  readonly maxClients: number;
  readonly maxPerAddress: number;
  /** Milliseconds in which a client must log in. */
  readonly connectTimeout: number;
  /** Memory for large packets. */
  readonly memory: Memory;
  /** True if connections of this kind are allowed. */
  readonly tcp: boolean;
  readonly websocket: boolean;
  /** Lower-case origins whose pages may connect over WebSocket, besides the broker's own; "*": all. */
  readonly origins: ReadonlySet<string>;
  /** Connections wait for this before any byte is read. */
  readonly ready: Promise<void>;
  onRefused(why: 'too-many' | 'too-late' | 'foreign-page' | Refusal, address: string): void;
}

export interface BrokerListeners {
  tcp(listener: Listener): void;
  /** The release closes the listener but no connection. */
  websocket(listener: Listener): Release;
  onClient(handler: (stream: Duplex, request?: IncomingMessage) => void): void;
  /** The client behind this stream has logged in. */
  welcome(stream: object): void;
  /** The address of the client behind this stream; empty when it is not known. */
  addressOf(stream: object): string;
  /** The setting has changed; closes connections of a kind that is no longer allowed. */
  configured(): void;
  close(): void;
}

/** Packets up to this size are not counted as memory: they fit into the socket's buffer. */
const SMALL = 64 * 1024;
/** Limit of the head of a WebSocket request, in bytes. */
const MAX_HEAD = 8 * 1024;

interface Guest {
  readonly kind: 'tcp' | 'websocket';
  readonly address: string;
  /** Closes the connection unless it logs in in time. */
  timer: NodeJS.Timeout | undefined;
}

interface GuardedStream {
  readonly guest: Guest;
  readonly guard: PacketGuard;
}

export function createBrokerListeners(setting: () => ListenerSetting): BrokerListeners {
  const sockets = new Map<Socket, Guest>();
  const visits = new WeakMap<object, GuardedStream>();
  let onClient = (_stream: Duplex, _request?: IncomingMessage): void => {};

  const enter = (socket: Socket, kind: Guest['kind']): Guest | undefined => {
    const { maxClients, maxPerAddress, connectTimeout, ready, onRefused } = setting();
    const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    // Nagle's algorithm delays each PUBACK until the publisher's delayed ACK: a tenth of the messages per second.
    socket.setNoDelay(true);
    socket.on('error', () => {});
    const neighbours =
      address === '' ? 0 : [...sockets.values()].filter((socketGuest) => socketGuest.address === address).length;
    if (sockets.size >= maxClients || neighbours >= maxPerAddress) {
      onRefused('too-many', address);
      socket.destroy();
      return undefined;
    }
    const guest: Guest = { kind, address, timer: undefined };
    sockets.set(socket, guest);
    socket.once('close', () => {
      sockets.delete(socket);
      clearTimeout(guest.timer);
    });
    void ready.then(() => {
      if (socket.destroyed) return;
      guest.timer = setTimeout(() => {
        setting().onRefused('too-late', address);
        socket.destroy();
      }, connectTimeout);
    });
    return guest;
  };
  const admit = (stream: Duplex, guest: Guest, request?: IncomingMessage): void => {
    let reserved: Release | undefined;
    const free = (): void => {
      reserved?.();
      reserved = undefined;
    };
    const guard = createPacketGuard((bytes) => {
      free();
      if (bytes <= SMALL) return true;
      reserved = setting().memory.take(bytes);
      return reserved !== undefined;
    });
    visits.set(stream, { guest, guard });
    guardReads(stream, guard, (why) => setting().onRefused(why, guest.address));
    stream.on('error', () => {});
    stream.once('close', free);
    void setting().ready.then(() => {
      if (!stream.destroyed) onClient(stream, request);
    });
  };

  return {
    tcp(listener) {
      listener.accept((socket) => {
        const guest = enter(socket, 'tcp');
        if (guest) admit(socket, guest);
      });
    },
    websocket(listener) {
      const server = createServer({ maxHeaderSize: MAX_HEAD }, (_request, response) => {
        response.writeHead(426, { 'content-type': 'text/plain', upgrade: 'websocket', connection: 'close' });
        response.end('This is MQTT over WebSocket.\n');
      });
      server.on('upgrade', (request, socket: Socket, head) => {
        const { origins, onRefused } = setting();
        const guest = sockets.get(socket);
        if (!guest) return;
        // Any page open in a browser may try to connect to this machine and its network.
        if (!origins.has('*') && isForeign(request.headers, origins)) {
          onRefused('foreign-page', guest.address);
          socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', () =>
            socket.destroy(),
          );
          return;
        }
        if (!acceptUpgrade(request, socket, protocolOf(request))) return;
        admit(openWebSocketStream(socket, head), guest, request);
      });
      listener.accept((socket) => {
        if (enter(socket, 'websocket')) server.emit('connection', socket);
      });
      return () => void server.close();
    },
    onClient(handler) {
      onClient = handler;
    },
    welcome(stream) {
      const visit = visits.get(stream);
      clearTimeout(visit?.guest.timer);
      visit?.guard.open(setting().maxPacket);
    },
    addressOf: (stream) => visits.get(stream)?.guest.address ?? '',
    configured() {
      for (const [socket, { kind }] of sockets) if (!setting()[kind]) socket.destroy();
    },
    close() {
      for (const socket of sockets.keys()) socket.destroy();
    },
  };
}

/** MQTT 3.1.1 §6: the subprotocol is "mqtt"; "mqttv3.1" is the name for MQTT 3.1. */
function protocolOf(request: IncomingMessage): string | undefined {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  return ['mqtt', 'mqttv3.1'].find((name) => offered.includes(name));
}

/** The broker reads through `read`. Refused data ends the connection before the broker gets it. */
function guardReads(stream: Duplex, guard: PacketGuard, refused: (why: Refusal) => void): void {
  const read = stream.read.bind(stream);
  stream.read = (size?: number): unknown => {
    const chunk: unknown = read(size);
    if (!(chunk instanceof Uint8Array)) return chunk;
    const passed = guard.check(chunk);
    if (typeof passed !== 'string') return passed;
    refused(passed);
    stream.destroy();
    return null;
  };
}
