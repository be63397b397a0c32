// Load program: many viewers that connect at the same moment; measures the time to each viewer's first picture.

import { connect } from 'node:net';
import { quantile } from '../row.ts';

interface Order {
  readonly url: string;
  readonly viewers: number;
}

export interface Joined {
  /** Number of viewers with a picture. */
  readonly served: number;
  /** Milliseconds from the first connect. */
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

/** Longest wait in milliseconds. */
const PATIENCE = 20_000;
const END = Buffer.from([0xff, 0xd9]);
const buffer = Buffer.allocUnsafeSlow(256 * 1024);

/** Resolves with the first complete picture, or rejects. */
function first(url: URL): Promise<void> {
  return new Promise((resolve, reject) => {
    let half = false;
    const callback = (length: number): boolean => {
      const bytes = buffer.subarray(0, length);
      if ((half && bytes[0] === END[1]) || bytes.includes(END)) {
        resolve();
        socket.destroy();
      }
      half = bytes.at(-1) === END[0];
      return true;
    };
    const socket = connect({ host: url.hostname, port: Number(url.port), onread: { buffer, callback } });
    const late = setTimeout(() => socket.destroy(new Error('no picture')), PATIENCE);
    socket.on('error', reject).on('close', () => {
      clearTimeout(late);
      reject(new Error('closed'));
    });
    socket.once('connect', () => void socket.write(`GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`));
  });
}

process.on('message', async ({ url, viewers }: Order) => {
  const began = performance.now();
  const times: number[] = [];
  const join = (): Promise<void> =>
    first(new URL(url)).then(
      () => void times.push(performance.now() - began),
      () => {},
    );
  await Promise.all(Array.from({ length: viewers }, join));
  const joined: Joined = {
    served: times.length,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    most: quantile(times, 1),
  };
  process.send?.(joined);
});
process.send?.({ ready: true });
