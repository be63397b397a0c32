// Load program: a TCP relay that limits the bytes per second sent back to the client.

import { connect, createServer } from 'node:net';

/** Milliseconds between two steps: the bytes of a second arrive in many small portions, as on a real connection. */
const STEP = 20;

const [host = '', port = '', rate = ''] = process.argv.slice(2);

const server = createServer((client) => {
  const upstream = connect({ host, port: Number(port) });
  upstream.setNoDelay(true);
  client.setNoDelay(true);
  client.pipe(upstream);
  upstream.pause();
  const began = performance.now();
  let passed = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - began) * Number(rate)) / 1000;
    while (passed < due) {
      const bytes: Buffer | null = upstream.read();
      if (!bytes) break;
      passed += bytes.length;
      client.write(bytes);
    }
  }, STEP);
  const end = (): void => {
    clearInterval(timer);
    client.destroy();
    upstream.destroy();
  };
  for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' && address ? address.port : 0 });
});
