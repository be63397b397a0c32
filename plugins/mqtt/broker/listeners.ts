// The broker's connections over TCP and WebSocket, each with a packet limit; they outlive the listeners of one node.

import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, WebSocketServer } from 'ws';
import type { Listener } from '../../../core/contract/plugin.ts';
import type { Release } from '../../../core/contract/ports.ts';
import { isForeign } from '../../kit/http/origin.ts';
import { packetLimit } from '../../kit/mqtt/packet-limit.ts';

export interface ListenerSetting {
  readonly maxPacket: number;
  readonly maxClients: number;
  /** Whether connections of this kind are wanted at all. */
  readonly tcp: boolean;
  readonly websocket: boolean;
  /** Lower-case origins whose pages may connect over WebSocket, besides the broker's own; "*": all. */
  readonly origins: ReadonlySet<string>;
  /** Connections wait for this before any byte is read. */
  readonly ready: Promise<void>;
  onRefused(why: 'too-many' | 'too-large' | 'malformed' | 'foreign-page'): void;
}

export interface BrokerListeners {
  tcp(listener: Listener): void;
  /** The release ends the listener and no connection. */
  websocket(listener: Listener): Release;
  onClient(handler: (stream: Duplex, request?: IncomingMessage) => void): void;
  /** The setting is another one: connections of a kind that is not wanted any more end. */
  configured(): void;
  close(): void;
}

export function createBrokerListeners(setting: () => ListenerSetting): BrokerListeners {
  const sockets = new Map<Socket, 'tcp' | 'websocket'>();
  let onClient = (_stream: Duplex, _request?: IncomingMessage): void => {};

  const enter = (socket: Socket, kind: 'tcp' | 'websocket'): boolean => {
    // Nagle's algorithm delays each PUBACK until the publisher's delayed ACK: a tenth of the messages per second.
    socket.setNoDelay(true);
    socket.on('error', () => {});
    if (sockets.size >= setting().maxClients) {
      setting().onRefused('too-many');
      socket.destroy();
      return false;
    }
    sockets.set(socket, kind);
    socket.once('close', () => sockets.delete(socket));
    return true;
  };
  const admit = (stream: Duplex, request?: IncomingMessage) => {
    const { maxPacket, ready } = setting();
    capPackets(stream, maxPacket, (why) => setting().onRefused(why));
    stream.on('error', () => {});
    void ready.then(() => {
      if (!stream.destroyed) onClient(stream, request);
    });
  };

  return {
    tcp(listener) {
      listener.accept((socket) => {
        if (enter(socket, 'tcp')) admit(socket);
      });
    },
    websocket(listener) {
      const server = createServer((_request, response) => {
        response.writeHead(426, { 'content-type': 'text/plain', upgrade: 'websocket' });
        response.end('This is MQTT over WebSocket.\n');
      });
      const upgrader = new WebSocketServer({
        noServer: true,
        maxPayload: setting().maxPacket,
        perMessageDeflate: false,
        // MQTT 3.1.1 §6: the subprotocol is "mqtt"; "mqttv3.1" is what its predecessor used.
        handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : offered.has('mqttv3.1') ? 'mqttv3.1' : false),
      });
      server.on('upgrade', (request, socket, head) => {
        const { origins, onRefused } = setting();
        // Any page open in a browser may try addresses of this machine and its network.
        if (!origins.has('*') && isForeign(request.headers, origins)) {
          onRefused('foreign-page');
          socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', () =>
            socket.destroy(),
          );
          return;
        }
        upgrader.handleUpgrade(request, socket, head, (client) => admit(createWebSocketStream(client), request));
      });
      listener.accept((socket) => {
        if (enter(socket, 'websocket')) server.emit('connection', socket);
      });
      return () => {
        upgrader.close();
        server.close();
      };
    },
    onClient(handler) {
      onClient = handler;
    },
    configured() {
      for (const [socket, kind] of sockets) if (!setting()[kind]) socket.destroy();
    },
    close() {
      for (const socket of sockets.keys()) socket.destroy();
    },
  };
}

/** The broker reads through `read`; a packet that announces too many bytes ends the connection before it is buffered. */
function capPackets(stream: Duplex, most: number, refused: ListenerSetting['onRefused']): void {
  const check = packetLimit(most);
  const read = stream.read.bind(stream);
  stream.read = (size?: number): unknown => {
    const chunk: unknown = read(size);
    if (!(chunk instanceof Uint8Array)) return chunk;
    const verdict = check(chunk);
    if (verdict === 'fine') return chunk;
    refused(verdict);
    stream.destroy();
    return null;
  };
}
