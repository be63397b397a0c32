// A viewer page without a browser: speaks the WebSocket protocol and acknowledges pictures under the control of the test.

import { WebSocket } from 'ws';
import { encodeAck, HEAD_BYTES, type PictureHead, readHead, type ViewerEvent } from '../../plugins/http/viewer/wire.ts';
import type { Ending } from './harness.ts';
import { until } from './until.ts';

export interface Received extends PictureHead {
  readonly data: Buffer;
}

export interface ViewerPage {
  readonly socket: WebSocket;
  readonly events: readonly ViewerEvent[];
  readonly pictures: readonly Received[];
  /** The number of a camera; waits until the server has sent it. */
  number(camera: string): Promise<number>;
  /** The state that was sent last. */
  state(camera: string): string | undefined;
  watch(...cameras: readonly string[]): Promise<void>;
  /** Waits until this many pictures have arrived in total, and returns the last of them. */
  picture(count: number): Promise<Received>;
  ack(picture: PictureHead): void;
  /** The close code of the connection. */
  readonly closed: Promise<number>;
}

export interface ViewerPageOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
  /** Acknowledges every picture immediately. */
  readonly eager?: boolean;
}

export function viewerPage(t: Ending, origin: string, options: ViewerPageOptions = {}): ViewerPage {
  const url = `${origin.replace(/^http/, 'ws')}${options.path ?? '/viewer.ws'}`;
  const socket = new WebSocket(url, { headers: { ...options.headers }, perMessageDeflate: false });
  const events: ViewerEvent[] = [];
  const pictures: Received[] = [];
  const states = new Map<number, string>();
  const numbers = new Map<string, number>();
  const ack = (picture: PictureHead): void => socket.send(encodeAck(picture));
  socket.on('error', () => {});
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) {
      const head = readHead(new Uint8Array(data).buffer);
      const picture = { ...head, data: data.subarray(HEAD_BYTES) };
      pictures.push(picture);
      if (options.eager) ack(picture);
      return;
    }
    const message = JSON.parse(data.toString()) as ViewerEvent;
    events.push(message);
    if (message.is === 'states') for (const [n, state] of message.states) states.set(n, state);
    if (message.is !== 'cameras') return;
    for (const { n, id, state } of message.cameras) {
      numbers.set(id, n);
      states.set(n, state);
    }
  });
  t.teardown(() => socket.terminate());
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  const number = (camera: string): Promise<number> =>
    until(() => numbers.get(camera), `the server to announce ${camera}`);
  return {
    socket,
    events,
    pictures,
    number,
    state: (camera) => states.get(numbers.get(camera) ?? -1),
    async watch(...cameras) {
      const watch = await Promise.all(cameras.map(number));
      socket.send(JSON.stringify({ watch }));
    },
    async picture(count) {
      await until(() => pictures.length >= count, `${count} pictures`);
      return pictures[count - 1] as Received;
    },
    ack,
    closed,
  };
}
