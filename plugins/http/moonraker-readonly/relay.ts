// Relays messages between two WebSockets with limits, back-pressure, pings and proper closing.

import type { RawData, WebSocket } from 'ws';

/** Bytes buffered for a slow end before the other end is paused. */
export const HIGH_WATER = 1024 * 1024;
/** Milliseconds between pings; an end that does not answer before the next ping is disconnected. */
export const PING_MS = 20_000;
/** Milliseconds without progress after which an end is disconnected. */
export const STALL_MS = 30_000;
/** Milliseconds for the closing handshake. */
const CLOSE_MS = 5000;

export interface Passage {
  /** Text for the upstream server. */
  readonly forward?: string | Buffer;
  /** Text for the visitor. */
  readonly answer?: string;
}

export interface RelayOptions {
  /** Selects the parts of a visitor's message that may pass. */
  filter(message: Buffer, binary: boolean): Passage;
  /** Changes text of the upstream server for the visitor. */
  translate?(text: string): string;
  readonly stop: AbortSignal;
  /** Defaults: PING_MS and STALL_MS. */
  readonly pingMs?: number;
  readonly stallMs?: number;
  onClosed(): void;
}

/** Both WebSockets must be open. */
export function relay(visitor: WebSocket, upstream: WebSocket, options: RelayOptions): void {
  const ends = [visitor, upstream] as const;
  const alive = new Set<WebSocket>(ends);
  let stalledSince: number | undefined;

  /** While one end is slow, both are paused, because messages of one end can also cause more answers of the other. */
  const balance = (): void => {
    const full = ends.some((end) => end.bufferedAmount > HIGH_WATER);
    if (!full) stalledSince = undefined;
    else stalledSince ??= performance.now();
    for (const end of ends) {
      if (full && !end.isPaused) end.pause();
      else if (!full && end.isPaused) end.resume();
    }
  };
  const send = (to: WebSocket, data: string | Buffer, binary: boolean): void => {
    if (to.readyState !== to.OPEN) return;
    to.send(data, { binary }, balance);
    balance();
  };
  const cut = (): void => {
    for (const end of ends) end.terminate();
  };

  const beat = setInterval(() => {
    if (stalledSince !== undefined) {
      // A paused end cannot answer pings.
      if (performance.now() - stalledSince > (options.stallMs ?? STALL_MS)) cut();
      return;
    }
    for (const end of ends) {
      if (!alive.delete(end)) end.terminate();
      if (end.readyState === end.OPEN) end.ping();
    }
  }, options.pingMs ?? PING_MS);
  beat.unref();

  const stop = () => {
    for (const end of ends) close(end, 1001, 'going away');
  };
  options.stop.addEventListener('abort', stop, { once: true });

  visitor.on('message', (data, binary) => {
    const { forward, answer } = options.filter(bytesOf(data), binary);
    if (answer !== undefined) send(visitor, answer, false);
    if (forward !== undefined) send(upstream, forward, binary && typeof forward !== 'string');
  });
  upstream.on('message', (data, binary) => {
    const bytes = bytesOf(data);
    send(visitor, options.translate ? options.translate(bytes.toString('utf8')) : bytes, binary);
  });

  for (const end of ends) {
    const other = end === visitor ? upstream : visitor;
    end.on('pong', () => alive.add(end));
    // Every message proves that the end is alive.
    end.on('message', () => alive.add(end));
    end.on('error', () => {});
    end.on('close', (code, reason) => {
      clearInterval(beat);
      options.stop.removeEventListener('abort', stop);
      if (isSendable(code)) close(other, code, reason);
      else if (code === 1005) close(other);
      else close(other, end === upstream ? 1011 : 1001, end === upstream ? 'the upstream server has disconnected' : '');
      if (other.readyState === other.CLOSED) options.onClosed();
    });
  }
}

/** Closes with a handshake, or without it after a timeout. */
function close(end: WebSocket, code?: number, reason?: string | Buffer): void {
  if (end.isPaused) end.resume();
  if (end.readyState === end.OPEN) end.close(code, reason);
  const late = setTimeout(() => end.terminate(), CLOSE_MS);
  late.unref();
  end.once('close', () => clearTimeout(late));
  if (end.readyState === end.CLOSED) clearTimeout(late);
}

/** Codes that are allowed in a close frame (RFC 6455 §7.4). */
const isSendable = (code: number): boolean =>
  (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999);

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
