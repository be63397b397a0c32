// A camera over TCP like rpicam-vid: every client receives the pictures that the test sends.

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Ending } from './harness.ts';

export interface Feed {
  readonly port: number;
  /** Sends bytes to every client. */
  send(bytes: Buffer): void;
  readonly clients: () => number;
  /** Closes the connections, like a camera that restarts. */
  cut(): void;
}

export async function feed(t: Ending): Promise<Feed> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.setNoDelay(true));
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  t.teardown(() => {
    cut();
    server.close();
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    send(bytes) {
      for (const socket of sockets) socket.write(bytes);
    },
    clients: () => sockets.size,
    cut,
  };
}
