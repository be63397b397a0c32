// Finds a free TCP port for servers that cannot choose one themselves.

import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ListenOptions, type Server } from 'node:net';

/** Below the kernel's range for outgoing connections, one of which could use the port before its server does. */
const LOWEST = 12_000;
const HIGHEST = 32_000;

/** One for each port of this process, open until the process ends. */
const reservations: Server[] = [];

/** Never returns a port twice on this machine while the process that got it runs. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    // The server of another test process may not listen yet. An abstract socket, which ends with its process, tells that the port is taken.
    const reservation = await listening({ path: `\0camd-test-port-${port}` });
    if (!reservation) continue;
    reservations.push(reservation.unref());
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = await listening({ port });
  server?.close();
  if (server) await once(server, 'close');
  return server !== undefined;
}

/** Undefined if the address is in use. */
function listening(address: ListenOptions): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (cause) => {
      if ('code' in cause && cause.code === 'EADDRINUSE') resolve(undefined);
      else reject(cause);
    });
    server.listen(address, () => resolve(server));
  });
}
