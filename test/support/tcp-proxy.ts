// A TCP proxy that degrades a connection: it delays, stalls, resets, or sends every byte separately.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Ending } from './harness.ts';

export type LineFault = 'none' | 'delay' | 'stall' | 'reset' | 'bytes';

export interface TcpProxy {
  readonly port: number;
  fault(fault: LineFault): void;
  /** Default: infinity. */
  bytesPerSecond(rate: number): void;
}

const DELAY_MS = 300;
const RESET_MS = 400;
const TICK_MS = 20;

export async function tcpProxy(t: Ending, target: number): Promise<TcpProxy> {
  let fault: LineFault = 'none';
  let rate = Number.POSITIVE_INFINITY;
  const sockets = new Set<Socket>();

  /** Passes on the bytes of one direction, as far as the current fault allows. */
  const pass = (from: Socket, to: Socket): void => {
    const waiting: { readonly bytes: Buffer; readonly at: number }[] = [];
    let held = 0;
    from.on('data', (bytes: Buffer) => {
      waiting.push({ bytes, at: performance.now() });
      held += bytes.length;
      if (held > 128 * 1024) from.pause();
    });
    const timer = setInterval(() => {
      let room = rate === Number.POSITIVE_INFINITY ? rate : (rate * TICK_MS) / 1000;
      while (room > 0 && fault !== 'stall') {
        const first = waiting[0];
        if (!first || (fault === 'delay' && performance.now() - first.at < DELAY_MS)) break;
        const bytes = first.bytes.subarray(0, room);
        if (bytes.length === first.bytes.length) waiting.shift();
        else waiting[0] = { bytes: first.bytes.subarray(bytes.length), at: first.at };
        if (fault !== 'bytes') to.write(bytes);
        else for (let at = 0; at < bytes.length; at++) to.write(bytes.subarray(at, at + 1));
        held -= bytes.length;
        room -= bytes.length;
      }
      if (held < 64 * 1024) from.resume();
    }, TICK_MS);
    from.on('error', () => {});
    from.on('close', () => {
      clearInterval(timer);
      sockets.delete(from);
      to.destroy();
    });
  };
  const resetting = setInterval(() => {
    if (fault === 'reset') for (const socket of sockets) socket.resetAndDestroy();
  }, RESET_MS);

  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: target, host: '127.0.0.1', noDelay: true });
    sockets.add(near).add(far);
    pass(near, far);
    pass(far, near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    clearInterval(resetting);
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    fault(next) {
      fault = next;
    },
    bytesPerSecond(next) {
      rate = next;
    },
  };
}
