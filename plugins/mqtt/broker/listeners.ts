// The broker's listeners: TCP and WebSocket, each connection with a packet limit.

import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, WebSocketServer } from 'ws';
import type { Listener } from '../../../core/contract/plugin.ts';
import { isForeign } from '../../kit/http/origin.ts';
import { packetLimit } from '../../kit/mqtt/packet-limit.ts';

export interface BrokerListenerOptions {
  readonly maxPacket: number;
  readonly maxClients: number;
  /** Lower-case origins whose pages may connect over WebSocket, besides the broker's own; "*": all. */
  readonly origins: ReadonlySet<string>;
  /** Connections wait for this before any byte is read. */
  readonly ready: Promise<void>;
  onClient(stream: Duplex, request?: IncomingMessage): void;
  onRefused(why: 'too-many' | 'too-large' | 'malformed' | 'foreign-page'): void;
}

export interface BrokerListeners {
  readonly open: number;
  tcp(listener: Listener): void;
  websocket(listener: Listener): void;
  close(): void;
}

export function createBrokerListeners(options: BrokerListenerOptions): BrokerListeners {
  const sockets = new Set<Socket>();
  const servers: (() => void)[] = [];

  const enter = (socket: Socket): boolean => {
    // Nagle's algorithm delays each PUBACK until the publisher's delayed ACK: a tenth of the messages per second.
    socket.setNoDelay(true);
    socket.on('error', () => {});
    if (sockets.size >= options.maxClients) {
      options.onRefused('too-many');
      socket.destroy();
      return false;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    return true;
  };
  const admit = (stream: Duplex, request?: IncomingMessage) => {
    capPackets(stream, options.maxPacket, options.onRefused);
    stream.on('error', () => {});
    void options.ready.then(() => {
      if (!stream.destroyed) options.onClient(stream, request);
    });
  };

  return {
    get open() {
      return sockets.size;
    },
    tcp(listener) {
      listener.accept((socket) => {
        if (enter(socket)) admit(socket);
      });
    },
    websocket(listener) {
      const server = createServer((_request, response) => {
        response.writeHead(426, { 'content-type': 'text/plain', upgrade: 'websocket' });
        response.end('This is MQTT over WebSocket.\n');
      });
      const upgrader = new WebSocketServer({
        noServer: true,
        maxPayload: options.maxPacket,
        perMessageDeflate: false,
        // MQTT 3.1.1 §6: the subprotocol is "mqtt"; "mqttv3.1" is what its predecessor used.
        handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : offered.has('mqttv3.1') ? 'mqttv3.1' : false),
      });
      server.on('upgrade', (request, socket, head) => {
        // Any page open in a browser may try addresses of this machine and its network.
        if (!options.origins.has('*') && isForeign(request.headers, options.origins)) {
          options.onRefused('foreign-page');
          socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', () =>
            socket.destroy(),
          );
          return;
        }
        upgrader.handleUpgrade(request, socket, head, (client) => admit(createWebSocketStream(client), request));
      });
      listener.accept((socket) => {
        if (enter(socket)) server.emit('connection', socket);
      });
      servers.push(() => {
        upgrader.close();
        server.close();
      });
    },
    close() {
      for (const close of servers) close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The broker reads through `read`; a packet that announces too many bytes ends the connection before it is buffered. */
function capPackets(stream: Duplex, most: number, refused: BrokerListenerOptions['onRefused']): void {
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
