// Load program: many viewers of an MJPEG stream; counts whole frames and measures their age.

import { connect, type Socket } from 'node:net';
import { quantile } from '../row.ts';
import { age, STAMPED } from '../stamp.ts';

interface Order {
  readonly url: string;
  readonly viewers: number;
  /** Milliseconds of the measured window, and of the uncounted `warm` period before it. */
  readonly warm: number;
  readonly window: number;
  /** Number of additional viewers that read nothing and are not counted. */
  readonly stalled?: number;
  /** URLs of several streams, which the viewers use in turn. */
  readonly urls?: readonly string[];
}

export interface Watched {
  readonly frames: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
  /** The smallest number of frames of a viewer. */
  readonly least: number;
}

const END = Buffer.from('\r\n\r\n');
const buffer = Buffer.allocUnsafeSlow(256 * 1024);

interface Viewer {
  readonly socket: Socket;
  readonly counts: boolean;
  frames: number;
  /** The incomplete part head or stamp. */
  rest: Buffer | undefined;
  /** Missing bytes of the current picture. */
  left: number;
  /** Send time of the current picture on the local clock. */
  born: number;
}

let ages: number[] = [];
let counting = false;

function take(viewer: Viewer, lent: Buffer): void {
  let bytes = viewer.rest ? Buffer.concat([viewer.rest, lent]) : lent;
  viewer.rest = undefined;
  while (bytes.length > 0) {
    if (viewer.left > 0) {
      const step = Math.min(viewer.left, bytes.length);
      viewer.left -= step;
      bytes = bytes.subarray(step);
      if (viewer.left === 0 && counting && viewer.counts) {
        viewer.frames++;
        ages.push(performance.now() - viewer.born);
      }
      continue;
    }
    const end = bytes.indexOf(END);
    const length = end < 0 ? undefined : /content-length: *(\d+)/i.exec(bytes.toString('latin1', 0, end))?.[1];
    if (end >= 0 && length === undefined) {
      // The response head, or the blank line after a picture.
      bytes = bytes.subarray(end + END.length);
    } else if (end < 0 || bytes.length < end + END.length + STAMPED) {
      viewer.rest = Buffer.from(bytes);
      return;
    } else {
      bytes = bytes.subarray(end + END.length);
      viewer.left = Number(length);
      viewer.born = performance.now() - age(bytes, 0);
    }
  }
}

function open(url: URL, reads: boolean): Promise<Viewer> {
  return new Promise((resolve, reject) => {
    const target = { host: url.hostname, port: Number(url.port) };
    const callback = (length: number): boolean => {
      take(viewer, buffer.subarray(0, length));
      return true;
    };
    const socket = connect(reads ? { ...target, onread: { buffer, callback } } : target);
    const viewer: Viewer = { socket, counts: reads, frames: 0, rest: undefined, left: 0, born: 0 };
    socket.on('error', reject);
    socket.once('connect', () => {
      socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`);
      resolve(viewer);
    });
    if (!reads) socket.pause();
  });
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let viewers: Viewer[] = [];

async function enter({ url, urls = [url], viewers: count, stalled = 0, warm }: Order): Promise<void> {
  const all = Array.from({ length: count + stalled }, (_, index) =>
    open(new URL(urls[index % urls.length] ?? url), index < count),
  );
  viewers = await Promise.all(all);
  await wait(warm);
}

async function watch(window: number): Promise<Watched> {
  ages = [];
  for (const viewer of viewers) viewer.frames = 0;
  counting = true;
  await wait(window);
  counting = false;
  const chosen = viewers.filter(({ counts }) => counts);
  return {
    frames: ages.length,
    p50: quantile(ages, 0.5),
    p99: quantile(ages, 0.99),
    most: quantile(ages, 1),
    least: Math.min(...chosen.map(({ frames }) => frames)),
  };
}

// The steps are requested one by one, so that the benchmark can read CPU clocks in between.
process.on(
  'message',
  async (order: ({ step: 'enter' } & Order) | { step: 'watch'; window: number } | { step: 'leave' }) => {
    if (order.step === 'enter') await enter(order);
    const answer = order.step === 'watch' ? await watch(order.window) : {};
    if (order.step === 'leave') {
      for (const { socket } of viewers) socket.destroy();
      viewers = [];
    }
    process.send?.(answer);
  },
);
process.send?.({ ready: true });
