// A JSON-RPC 2.0 client for Moonraker over one WebSocket.

import { WebSocket } from 'ws';
import type { Clock } from '../../../core/base/clock.ts';
import { withDeadline } from '../../../core/base/deadline.ts';
import { reason } from '../../../core/base/reason.ts';
import { environment } from '../../../core/contract/plugin.ts';

/** Limit of a message in bytes; the state of a printer has a few kilobytes. */
const MAX_MESSAGE = 4 * 1024 * 1024;

/** Advice by the status of a refused handshake. */
const ADVICE: Readonly<Record<number, string>> = {
  401: ': set its API key in "api_key", or add this machine to [authorization] trusted_clients of moonraker.conf',
};

export interface JsonRpcOptions {
  /** "ws://…/websocket". */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds for the handshake and for each reply; after the same time without a message, the client sends a ping. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  onNotification(method: string, params: readonly unknown[]): void;
}

export interface JsonRpc {
  /** The result. Rejects with a Fault: `refused` with the server's message, `deadline`, or the reason for the connection's end. */
  call(method: string, params?: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** Rejects when the connection has ended. */
  readonly ended: Promise<never>;
}

interface Message {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message?: unknown };
}

export async function openJsonRpc(options: JsonRpcOptions): Promise<JsonRpc> {
  const { url, headers, timeout, clock, signal, onNotification } = options;
  const socket = new WebSocket(url, {
    headers,
    handshakeTimeout: timeout,
    maxPayload: MAX_MESSAGE,
    perMessageDeflate: false,
    // The caller has handled a reply before the notification that came with it in one read is emitted; otherwise the older state of
    // the reply would replace that of the notification.
    allowSynchronousEvents: false,
  });
  const waiting = new Map<number, (message: Message) => void>();
  const over = new AbortController();
  let last = 0;
  let isAlive = true;

  const stop = (): void => socket.terminate();
  signal.addEventListener('abort', stop, { once: true });
  const ended = new Promise<never>((_, reject) => {
    socket.on('close', () => {
      signal.removeEventListener('abort', stop);
      over.abort(signal.aborted ? signal.reason : environment('closed', 'the connection has ended'));
      reject(over.signal.reason);
    });
  });
  ended.catch(() => {});

  socket.on('message', (data) => {
    isAlive = true;
    const message = parsed(String(data));
    if (typeof message?.id === 'number') waiting.get(message.id)?.(message);
    else if (typeof message?.method === 'string') {
      onNotification(message.method, Array.isArray(message.params) ? message.params : []);
    }
  });
  socket.on('pong', () => {
    isAlive = true;
  });
  const opened = new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('unexpected-response', (_request, response) => {
      response.resume();
      reject(environment('refused', `it answered ${response.statusCode}${ADVICE[response.statusCode ?? 0] ?? ''}`));
      socket.terminate();
    });
    // This listener stays: `ws` reports a broken connection before its close.
    socket.on('error', (cause) => reject(environment('unreachable', reason(cause))));
  });
  await Promise.race([opened, ended]);

  void (async () => {
    for (;;) {
      await clock.sleep(timeout, over.signal);
      if (!isAlive) return socket.terminate();
      isAlive = false;
      socket.ping();
    }
  })().catch(() => {});

  return {
    ended,
    call(method, params = {}) {
      const id = ++last;
      const late = () => environment('deadline', `no answer to ${method} in time`);
      return withDeadline({ ms: timeout, late, clock, signals: [over.signal] }, () => {
        const answer = new Promise<unknown>((resolve, reject) => {
          waiting.set(id, ({ result, error }) =>
            error === undefined
              ? resolve(result)
              : reject(environment('refused', `it refuses ${method}: ${String(error.message).slice(0, 200)}`)),
          );
          socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
        });
        return answer;
      }).finally(() => waiting.delete(id));
    },
  };
}

function parsed(text: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
