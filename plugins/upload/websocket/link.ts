// One connection of camd as a camera: says who it is, sends pictures as fast as the line takes them, and hears commands.

import { WebSocket } from 'ws';
import { environment } from '../../../core/contract/problems.ts';
import { decodeCommand, decodeText, type Heard, helloBytes } from './protocol.ts';

/** Bytes of a message from the server. */
const MAX_MESSAGE = 4096;
/** Milliseconds for the handshake. */
const CONNECT_MS = 10_000;
/** Bytes that may wait in the socket before the next picture is held back. */
export const MAX_UNSENT = 16 * 1024;

export interface LinkOptions {
  readonly url: string;
  readonly hello:
    | { readonly is: 'id-token'; readonly id: number; readonly token: string }
    | { readonly is: 'bearer'; readonly token: string };
  /** Milliseconds in which the line must have taken a picture, and after which a silent server is asked for a sign of life. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  opened(): void;
  /** The line has room, and the server wants a picture. */
  ready(): void;
  heard(command: Heard): void;
}

export interface Link {
  /** False while a picture is on its way, or the server has not asked for one. */
  isReady(): boolean;
  send(picture: Buffer): void;
  /** Rejects with a Fault that says why the connection ended. */
  readonly ended: Promise<never>;
}

export function openLink(options: LinkOptions): Link {
  const { url, hello, timeout, signal } = options;
  const socket = new WebSocket(url, {
    handshakeTimeout: Math.min(CONNECT_MS, timeout),
    maxPayload: MAX_MESSAGE,
    perMessageDeflate: false,
    ...(hello.is === 'bearer' ? { headers: { authorization: `Bearer ${hello.token}` } } : {}),
  });
  let sendingSince: number | undefined;
  let asked = hello.is === 'id-token';
  let aliveAt = performance.now();
  let pinged = false;
  let failure: Error | undefined;

  const isReady = (): boolean =>
    socket.readyState === socket.OPEN && asked && sendingSince === undefined && socket.bufferedAmount <= MAX_UNSENT;
  const alive = (): void => {
    aliveAt = performance.now();
    pinged = false;
  };
  const look = (): void => {
    const now = performance.now();
    if (sendingSince !== undefined && now - sendingSince >= timeout) socket.terminate();
    else if (now - aliveAt >= 2 * timeout) socket.terminate();
    else if (now - aliveAt >= timeout && !pinged && socket.readyState === socket.OPEN) {
      pinged = true;
      socket.ping();
    }
  };
  const looking = setInterval(look, Math.max(20, timeout / 4));
  looking.unref();
  const stop = (): void => {
    socket.close(1000);
    setTimeout(() => socket.terminate(), 1000).unref();
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();

  socket.on('open', () => {
    alive();
    if (hello.is === 'id-token') for (const message of helloBytes(hello.id, hello.token)) socket.send(message);
    options.opened();
    if (isReady()) options.ready();
  });
  socket.on('message', (data, binary) => {
    alive();
    const heard = binary ? decodeCommand(data as Buffer) : decodeText(String(data));
    if (!heard) return;
    if (heard.is !== 'next') return options.heard(heard);
    asked = true;
    if (isReady()) options.ready();
  });
  socket.on('pong', alive);
  socket.on('ping', alive);
  socket.on('error', (error) => {
    failure = error;
  });
  const ended = new Promise<never>((_, reject) => {
    socket.on('close', (code, reason) => {
      clearInterval(looking);
      signal.removeEventListener('abort', stop);
      reject(environment(code === 1008 ? 'refused' : 'link-ended', why(code, String(reason), failure)));
    });
  });

  return {
    isReady,
    send(picture) {
      sendingSince = performance.now();
      asked = hello.is === 'id-token';
      socket.send(picture, (error) => {
        sendingSince = undefined;
        if (!error && isReady()) options.ready();
      });
    },
    ended,
  };
}

function why(code: number, reason: string, failure: Error | undefined): string {
  if (code === 1008)
    return `The server refused the camera: ${reason || 'it gave no reason'}. Check the id and the token.`;
  if (failure) return `The connection to the server failed: ${failure.message}.`;
  return `The server closed the connection${reason === '' ? '' : `: ${reason}`} (${code}).`;
}
