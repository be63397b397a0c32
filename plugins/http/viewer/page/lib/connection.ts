// The page's WebSocket: reconnects after every failure and explains why it cannot connect.

import { CLOSED, encodeAck, type ViewerEvent, type ViewerRequest } from '../../wire.ts';

/** The state of the connection. */
export type Link =
  | { readonly is: 'connecting' }
  | { readonly is: 'open' }
  /**
   * `away`: the server does not answer. `foreign`: it treats the page as one of another origin. `missing`: it answers 404 at the
   * WebSocket's URL. `blocked`: plain requests arrive there, but handshakes do not. `full`: the maximum number of viewers is reached.
   */
  | { readonly is: 'lost'; readonly why: Reason | 'full' };

type Reason = 'away' | 'blocked' | 'foreign' | 'missing' | 'login';

export interface Connection {
  open(): void;
  acknowledge(n: number, seq: number): void;
  watch(request: ViewerRequest): void;
}

export interface ConnectionOptions {
  readonly base: URL;
  onPicture(message: ArrayBuffer): void;
  onEvent(event: ViewerEvent): void;
  onLink(link: Link): void;
}

/** Milliseconds before the first retry, and the most between retries. */
const FIRST = 500;
const MOST = 10_000;
/** The server sends at least every 3 s; after this many silent milliseconds the connection counts as dead. */
const SILENCE = 10_000;

export function createConnection({ base, onPicture, onEvent, onLink }: ConnectionOptions): Connection {
  const url = new URL('viewer.ws', base);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  let socket: WebSocket | undefined;
  let attempts = 0;
  let isOpen = false;
  let retry: number | undefined;
  let dead: number | undefined;

  const say = (message: string | Uint8Array<ArrayBuffer>): void => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(message);
  };
  const receive = (from: WebSocket): void => {
    clearTimeout(dead);
    dead = window.setTimeout(() => {
      from.close();
      void lose(from, 1006, true);
    }, SILENCE);
  };
  /** `wasOpen`: true if the connection had been open. */
  const lose = async (lost: WebSocket, code: number, wasOpen: boolean): Promise<void> => {
    if (socket !== lost) return;
    socket = undefined;
    isOpen = false;
    clearTimeout(dead);
    const wait = Math.min(MOST, FIRST * 2 ** attempts++) * (0.75 + Math.random() / 2);
    retry = window.setTimeout(open, code === CLOSED.full ? MOST : wait);
    if (code === CLOSED.full) return onLink({ is: 'lost', why: 'full' });
    if (wasOpen) return onLink({ is: 'lost', why: 'away' });
    const why = await reason(url);
    // The next attempt may have succeeded in the meantime.
    if (!isOpen) onLink({ is: 'lost', why });
  };
  const open = (): void => {
    clearTimeout(retry);
    if (socket) return;
    const fresh = new WebSocket(url);
    let wasOpen = false;
    socket = fresh;
    fresh.binaryType = 'arraybuffer';
    fresh.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (socket !== fresh) return;
      receive(fresh);
      if (typeof data !== 'string') return onPicture(data);
      if (!wasOpen) {
        wasOpen = true;
        isOpen = true;
        attempts = 0;
        onLink({ is: 'open' });
      }
      onEvent(JSON.parse(data) as ViewerEvent);
    });
    fresh.addEventListener('close', ({ code }) => void lose(fresh, code, wasOpen));
    receive(fresh);
  };

  // Browsers detect an unplugged cable at once; the socket itself would report nothing.
  addEventListener('offline', () => {
    const lost = socket;
    if (!lost) return;
    void lose(lost, 1006, true);
    lost.close();
  });
  addEventListener('online', open);
  document.addEventListener('visibilitychange', () => !document.hidden && open());
  return {
    open,
    acknowledge: (n, seq) => say(encodeAck({ n, seq })),
    watch: (request) => say(JSON.stringify(request)),
  };
}

/**
 * Finds the reason of a failed handshake, which browsers hide: the server answers a plain request at the same URL like the handshake.
 * It is a POST, because browsers send the page's origin with it.
 */
async function reason(url: URL): Promise<Reason> {
  const plain = new URL(url);
  plain.protocol = url.protocol.replace('ws', 'http');
  try {
    const { status } = await fetch(plain, { method: 'POST', cache: 'no-store' });
    if (status === 401) return 'login';
    if (status === 403) return 'foreign';
    if (status === 404) return 'missing';
    return status < 500 ? 'blocked' : 'away';
  } catch {
    return 'away';
  }
}
