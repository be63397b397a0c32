// One connection of camd as a camera: authenticates, sends pictures as fast as the connection allows, and receives commands.

import { WebSocket } from 'ws';
import { environment } from '../../../core/contract/problems.ts';
import { type Command, decodeCommand, decodeText, helloBytes } from './protocol.ts';

/** Limit of a message from the server in bytes. */
const MAX_MESSAGE = 4096;
/** Milliseconds for the handshake. */
const CONNECT_MS = 10_000;
/** Limit of unsent bytes in the socket; above it, the next picture is held back. */
export const MAX_UNSENT = 16 * 1024;

export interface LinkOptions {
  readonly url: string;
  readonly hello:
    | { readonly is: 'id-token'; readonly id: number; readonly token: string }
    | { readonly is: 'bearer'; readonly token: string };
  /** Time limit for sending a picture, in milliseconds; after the same time without data from the server, camd sends a ping. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  opened(): void;
  /** The connection has capacity, and the server requests a picture. */
  ready(): void;
  onCommand(command: Command): void;
}

export interface Link {
  /** False during the transmission of a picture, or before the server has requested one. */
  isReady(): boolean;
  send(picture: Buffer): void;
  /** Rejects with a Fault that states why the connection ended. */
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
  let isRequested = hello.is === 'id-token';
  let aliveAt = performance.now();
  let pinged = false;
  let failure: Error | undefined;

  const isReady = (): boolean =>
    socket.readyState === socket.OPEN &&
    isRequested &&
    sendingSince === undefined &&
    socket.bufferedAmount <= MAX_UNSENT;
  const alive = (): void => {
    aliveAt = performance.now();
    pinged = false;
  };
  const checkAlive = (): void => {
    const now = performance.now();
    if (sendingSince !== undefined && now - sendingSince >= timeout) socket.terminate();
    else if (now - aliveAt >= 2 * timeout) socket.terminate();
    else if (now - aliveAt >= timeout && !pinged && socket.readyState === socket.OPEN) {
      pinged = true;
      socket.ping();
    }
  };
  const timer = setInterval(checkAlive, Math.max(20, timeout / 4));
  timer.unref();
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
    const command = binary ? decodeCommand(data as Buffer) : decodeText(String(data));
    if (!command) return;
    if (command.is !== 'next') return options.onCommand(command);
    isRequested = true;
    if (isReady()) options.ready();
  });
  socket.on('pong', alive);
  socket.on('ping', alive);
  socket.on('error', (error) => {
    failure = error;
  });
  const ended = new Promise<never>((_, reject) => {
    socket.on('close', (code, reason) => {
      clearInterval(timer);
      signal.removeEventListener('abort', stop);
      reject(environment(code === 1008 ? 'refused' : 'link-ended', why(code, String(reason), failure)));
    });
  });

  return {
    isReady,
    send(picture) {
      sendingSince = performance.now();
      isRequested = hello.is === 'id-token';
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
