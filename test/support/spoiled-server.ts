// Serves spoiled answers to two clients: to curl at once, to camd when a batch of nodes is ready for them.

import type { Socket } from 'node:net';
import { fakeCamera } from './fake-camera.ts';
import type { Ending } from './harness.ts';
import { random } from './random.ts';
import type { SpoiledAnswer } from './spoiled-answers.ts';
import { until } from './until.ts';

export interface SpoiledServer {
  /** `/curl/N` and `/camd/N` answer with the answer of that number, the latter once. */
  readonly port: number;
  /** Sends what camd asks for; resolves when so many answers altogether are with the operating system. */
  send(count: number): Promise<void>;
  /** Ends the connections that are open behind an answer. */
  hangUp(): void;
}

const LATER = 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

export async function serveSpoiled(t: Ending, answers: readonly SpoiledAnswer[]): Promise<SpoiledServer> {
  const asked = new Set<string>();
  const piece = random(15);
  const waiting: (() => void)[] = [];
  const kept = new Set<Socket>();
  let isOpen = false;
  let sent = 0;

  const send = (
    socket: Socket,
    { bytes, open }: Pick<SpoiledAnswer, 'bytes' | 'open'>,
    byCamd: boolean,
    at = 0,
  ): void => {
    const end = at + 1 + piece(2000);
    const isLast = end >= bytes.length;
    socket.write(bytes.subarray(at, end), () => {
      if (isLast && byCamd) sent++;
    });
    if (!isLast) setImmediate(send, socket, { bytes, open }, byCamd, end);
    else if (open) kept.add(socket);
    else socket.end();
  };
  const { port } = await fakeCamera(t, (socket, head) => {
    const [, path = ''] = head.split(' ');
    const [, client, number] = path.split('/');
    const answer = answers[Number(number)];
    if (answer === undefined || (client === 'camd' && asked.has(path))) {
      socket.end(LATER);
      return;
    }
    asked.add(path);
    const start = (): void => send(socket, answer, client === 'camd');
    if (client === 'curl' || isOpen) start();
    else waiting.push(start);
  });
  return {
    port,
    async send(count) {
      isOpen = true;
      for (const start of waiting.splice(0)) start();
      await until(
        () => sent >= count,
        () => `${count} answers to be sent, of which ${sent} are`,
      );
    },
    hangUp() {
      isOpen = false;
      for (const socket of kept) socket.destroy();
      kept.clear();
    },
  };
}
