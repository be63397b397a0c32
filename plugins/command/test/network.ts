// Blocks the network for a test, except connections to its own listeners. Counts activity, so that a test can wait until it is quiet.

import { Socket } from 'node:net';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { Release } from '../../../core/contract/ports.ts';
import { sharpJobs } from '../../kit/image/sharp.ts';

/** Turns of the event loop without a byte, a file operation or a new connection. */
const CALM_TURNS = 12;
/** Real milliseconds after which a test continues in spite of activity. */
const MAX_BUSY_MS = 10_000;
/** Kinds of work that end by themselves (process.getActiveResourcesInfo, which does not know the jobs of sharp). */
const WORK =
  /^(FSReq|CloseReq$|TCPConnectWrap|PipeConnectWrap|WriteWrap|ShutdownWrap|GetAddrInfo|ProcessWrap|.*Request$)/;

export interface Network {
  /** Permits connections to this port of the loopback. */
  allow(port: number): void;
  /** Counts the bytes of an accepted connection. */
  watch(socket: Socket): void;
  /** Resolves after some turns of the event loop without activity. */
  quiet(): Promise<void>;
  release: Release;
}

/** Only one may exist at a time: it changes how this process connects. */
export function createNetwork(): Network {
  const ports = new Set<number>();
  const sockets = new Set<Socket>();
  let opened = 0;
  let closedBytes = 0;
  const watch = (socket: Socket): void => {
    opened++;
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      closedBytes += bytesOf(socket) + 1;
    });
  };
  const original: unknown = Reflect.get(Socket.prototype, 'connect');
  if (typeof original !== 'function') throw new Error('net.Socket has no connect');
  Reflect.set(Socket.prototype, 'connect', function (this: Socket, ...args: unknown[]): unknown {
    const target = targetOf(args);
    if (target.path === undefined && isLoopback(target.host) && ports.has(target.port)) {
      watch(this);
      return Reflect.apply(original, this, args);
    }
    const where = target.path ?? `${target.host}:${target.port}`;
    const refused = Object.assign(new Error(`a test has no network: ${where} is not one of its stand-ins`), {
      code: 'ECONNREFUSED',
    });
    process.nextTick(() => this.destroy(refused));
    return this;
  });
  const activity = (): number => {
    let sum = closedBytes + opened;
    for (const socket of sockets) sum += bytesOf(socket);
    return sum;
  };
  return {
    allow: (port) => void ports.add(port),
    watch,
    async quiet() {
      const until = performance.now() + MAX_BUSY_MS;
      let before = activity();
      for (let calm = 0; calm < CALM_TURNS && performance.now() < until; ) {
        await turn();
        const now = activity();
        const working = sharpJobs() > 0 || process.getActiveResourcesInfo().some((kind) => WORK.test(kind));
        calm = now === before && !working ? calm + 1 : 0;
        before = now;
        if (working) await sleep(1);
      }
    },
    release() {
      Reflect.set(Socket.prototype, 'connect', original);
    },
  };
}

const bytesOf = (socket: Socket): number => socket.bytesRead + socket.bytesWritten;

interface Target {
  readonly host: string;
  readonly port: number;
  readonly path: string | undefined;
}

/** The target of connect(options), connect(port, host), connect(path) and the list that net.connect passes. */
function targetOf(args: readonly unknown[]): Target {
  const [first, second] = Array.isArray(args[0]) ? args[0] : args;
  if (typeof first === 'object' && first !== null) {
    const read = (key: string): unknown => Reflect.get(first, key);
    const path = read('path');
    return {
      host: String(read('host') ?? 'localhost'),
      port: Number(read('port')),
      path: read('port') === undefined && typeof path === 'string' ? path : undefined,
    };
  }
  if (typeof first === 'string' && !/^\d+$/.test(first)) return { host: '', port: 0, path: first };
  return { host: typeof second === 'string' ? second : 'localhost', port: Number(first), path: undefined };
}

const isLoopback = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/.test(host);
