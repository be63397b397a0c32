// A camera that pushes over WebSocket, controlled by a test: whole messages or parts of them, read or unread.

import { once } from 'node:events';
import { WebSocket } from 'ws';
import { cameraToken } from '../../plugins/kit/ingest/camera-token.ts';
import type { Ending } from './harness.ts';
import { until } from './until.ts';

export const SECRET = 'a secret of the test';

export const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value | 0);
  return bytes;
};
export const lengthPrefixed = (picture: Buffer): Buffer => Buffer.concat([int32(picture.length), picture]);
export const tokenOf = (id: number): string => cameraToken('derived', String(id), SECRET);
export const hello = (id: number, token = tokenOf(id)): Buffer[] => [int32(id), lengthPrefixed(Buffer.from(token))];

export interface PushCamera {
  readonly socket: WebSocket;
  /** Received binary and text messages. */
  readonly received: Buffer[];
  readonly pings: () => number;
  /** Sends each as one message. */
  send(...messages: Buffer[]): void;
  picture(picture: Buffer): void;
  /** "1008 Invalid token". */
  closed(): Promise<string>;
}

export interface PushOptions {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The local address, such as 127.0.0.2. */
  readonly from?: string;
  readonly autoPong?: boolean;
}

/** Resolves once connected, before any message. */
export async function pushCamera(t: Ending, origin: string, options: PushOptions = {}): Promise<PushCamera> {
  const { path = '/video-input-stream', headers = {}, from, autoPong = true } = options;
  const socket = new WebSocket(`${origin.replace('http', 'ws')}${path}`, {
    headers: { ...headers },
    autoPong,
    ...(from === undefined ? {} : { localAddress: from }),
  });
  t.teardown(() => socket.terminate());
  const received: Buffer[] = [];
  let pings = 0;
  let end: string | undefined;
  socket.on('message', (data) => void received.push(data as Buffer));
  socket.on('ping', () => void pings++);
  socket.on('close', (code, reason) => {
    end = `${code} ${reason.toString()}`;
  });
  const opened = once(socket, 'open');
  await opened;
  socket.on('error', () => {});
  const send = (...messages: Buffer[]): void => {
    for (const message of messages) socket.send(message, () => {});
  };
  return {
    socket,
    received,
    pings: () => pings,
    send,
    picture: (picture) => send(lengthPrefixed(picture)),
    closed: () => until(() => end, 'the camera to be closed'),
  };
}
