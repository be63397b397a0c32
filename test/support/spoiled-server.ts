// Serves corrupted responses to two clients: to curl immediately, to camd once a batch of nodes is ready for them.

import type { Socket } from 'node:net';
import { fakeCamera } from './fake-camera.ts';
import type { Ending } from './harness.ts';
import { random } from './random.ts';
import type { SpoiledAnswer } from './spoiled-answers.ts';
import { until } from './until.ts';

export interface SpoiledServer {
  /** `/curl/N` and `/camd/N` return the response with this number, the latter only once. */
  readonly port: number;
  /** Sends the responses to camd's requests; resolves once the operating system has this many in total. */
  send(count: number): Promise<void>;
  /** Closes the connections that stay open after a response. */
  hangUp(): void;
}

const LATER = 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

export async function serveSpoiled(t: Ending, answers: readonly SpoiledAnswer[]): Promise<SpoiledServer> {
  const requested = new Set<string>();
  const piece = random(15);
  const waiting: (() => void)[] = [];
  const openSockets = new Set<Socket>();
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
    else if (open) openSockets.add(socket);
    else socket.end();
  };
  const { port } = await fakeCamera(t, (socket, head) => {
    const [, path = ''] = head.split(' ');
    const [, client, number] = path.split('/');
    const answer = answers[Number(number)];
    if (answer === undefined || (client === 'camd' && requested.has(path))) {
      socket.end(LATER);
      return;
    }
    requested.add(path);
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
      for (const socket of openSockets) socket.destroy();
      openSockets.clear();
    },
  };
}
