// A slow, long connection between a site and the rest: all TCP connections share its bytes per second, and every byte is delayed.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Ending } from './harness.ts';

export interface ThinLine {
  /** Adds another address at the far end; resolves with the local port for it. */
  lead(port: number): Promise<number>;
  /** Number of bytes so far in both directions. */
  readonly bytes: () => number;
  /** Ends all connections; new ones are refused until `restore`. */
  cut(): void;
  restore(): void;
}

export interface LineOptions {
  /** For each direction. Default: infinity. */
  readonly bytesPerSecond?: number;
  /** Delay of each byte in one direction, in milliseconds. */
  readonly delay?: number;
}

/** Bytes that a router accepts from one connection at a time. */
const SLICE = 1460;
/** Bytes of one connection in the queue before its sender is paused. */
const QUEUE = 16 * 1024;
const TICK_MS = 4;

interface Lane {
  readonly from: Socket;
  readonly to: Socket;
  readonly waiting: Buffer[];
  held: number;
}

export function thinLine(t: Ending, options: LineOptions = {}): ThinLine {
  const { bytesPerSecond = Number.POSITIVE_INFINITY, delay = 0 } = options;
  const sockets = new Set<Socket>();
  const servers: { close(): void }[] = [];
  const ways: Lane[][] = [[], []];
  let open = true;
  let passed = 0;
  let last = performance.now();
  const credit = [0, 0];

  const hand = (lane: Lane, bytes: Buffer): void => {
    passed += bytes.length;
    if (delay === 0) void lane.to.write(bytes);
    else setTimeout(() => lane.to.write(bytes), delay);
  };
  const step = (lanes: Lane[], room: number): number => {
    let left = room;
    for (let busy = true; busy && left > 0; ) {
      busy = false;
      for (const lane of lanes) {
        const first = lane.waiting[0];
        if (!first || left <= 0) continue;
        busy = true;
        const piece = first.subarray(0, SLICE);
        if (piece.length === first.length) lane.waiting.shift();
        else lane.waiting[0] = first.subarray(piece.length);
        lane.held -= piece.length;
        left -= piece.length;
        hand(lane, piece);
        if (lane.held < QUEUE / 2) lane.from.resume();
      }
    }
    return left;
  };
  const timer = setInterval(() => {
    const now = performance.now();
    for (const [index, lanes] of ways.entries()) {
      const room = (credit[index] ?? 0) + (bytesPerSecond * (now - last)) / 1000;
      // Idle time gives no credit, except for a timer that was late on a busy machine.
      credit[index] = Math.min(step(lanes, room), SLICE);
    }
    last = now;
  }, TICK_MS);

  const pass = (way: number, from: Socket, to: Socket): void => {
    const lane: Lane = { from, to, waiting: [], held: 0 };
    ways[way]?.push(lane);
    from.on('data', (bytes: Buffer) => {
      lane.waiting.push(bytes);
      lane.held += bytes.length;
      if (lane.held > QUEUE) from.pause();
    });
    from.on('error', () => {});
    from.on('close', () => {
      sockets.delete(from);
      const lanes = ways[way];
      lanes?.splice(lanes.indexOf(lane), 1);
      to.destroy();
    });
  };
  t.teardown(() => {
    clearInterval(timer);
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
  });
  return {
    async lead(port) {
      const server = createServer({ noDelay: true }, (near) => {
        if (!open) {
          near.destroy();
          return;
        }
        const far = connect({ port, host: '127.0.0.1', noDelay: true });
        sockets.add(near).add(far);
        pass(0, near, far);
        pass(1, far, near);
      });
      servers.push(server);
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      return typeof address === 'object' && address ? address.port : 0;
    },
    bytes: () => passed,
    cut() {
      open = false;
      for (const socket of sockets) socket.destroy();
    },
    restore() {
      open = true;
    },
  };
}
