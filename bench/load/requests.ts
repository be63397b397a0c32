// Load program: requests one URL repeatedly over keep-alive connections and measures rate and latency.

import { connect, type Socket } from 'node:net';
import { quantile } from '../row.ts';

export interface RequestOrder {
  readonly url: string;
  readonly connections: number;
  /** Milliseconds. */
  readonly window: number;
  /** Value of the Authorization header. */
  readonly authorization?: string | undefined;
}

export interface Answered {
  readonly perSecond: number;
  /** Number of all answers, including those before the window. */
  readonly answers: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
}

const END = Buffer.from('\r\n\r\n');
const WARM = 300;
const buffer = Buffer.allocUnsafeSlow(256 * 1024);

let counting = false;
let times: number[] = [];
let answers = 0;
let failed = 0;

function openClient(url: URL, authorization?: string): Promise<Socket> {
  const credentials = authorization === undefined ? '' : `Authorization: ${authorization}\r\n`;
  const request = `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n${credentials}\r\n`;
  let head = '';
  let left = 0;
  let began = 0;
  const sendRequest = (): void => {
    began = performance.now();
    socket.write(request);
  };
  const take = (length: number): boolean => {
    if (left > 0) left -= length;
    else {
      const bytes = buffer.subarray(0, length);
      const end = bytes.indexOf(END);
      if (end < 0) {
        head += bytes.toString('latin1');
        return true;
      }
      head += bytes.toString('latin1', 0, end);
      left = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0) - (length - end - END.length);
      if (!/^HTTP\/1\.[01] 200 /.test(head)) failed++;
      head = '';
    }
    if (left > 0) return true;
    answers++;
    if (counting) times.push(performance.now() - began);
    sendRequest();
    return true;
  };
  const socket = connect({ host: url.hostname, port: Number(url.port), onread: { buffer, callback: take } });
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.once('connect', () => {
      socket.setNoDelay(true);
      sendRequest();
      resolve(socket);
    });
  });
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

process.on('message', async ({ url, connections, window, authorization }: RequestOrder) => {
  times = [];
  answers = 0;
  failed = 0;
  const sockets = await Promise.all(Array.from({ length: connections }, () => openClient(new URL(url), authorization)));
  await wait(WARM);
  counting = true;
  await wait(window);
  counting = false;
  for (const socket of sockets) socket.destroy();
  const answer: Answered = {
    perSecond: (times.length * 1000) / window,
    answers,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    failed,
  };
  process.send?.(answer);
});
process.send?.({ ready: true });
