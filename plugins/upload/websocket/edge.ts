// upload/websocket with `handshake: camd`: offers cameras to a hub over an outbound WebSocket.

import { WebSocket } from 'ws';
import { redactUrl } from '../../../core/base/redact.ts';
import { environment, type Node } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { UploadWebsocketOptions } from '../../../schemas/upload/websocket.ts';
import { createEdge, type Edge } from '../../kit/fleet/edge.ts';
import { decodePacket, encodePacket, encodeReply, requestOf } from '../../kit/fleet/packet.ts';
import { createBackoff } from '../../kit/work/backoff.ts';

/** Limit of a message from the hub in bytes. */
const MAX_MESSAGE = 65_536;
const CONNECT_MS = 10_000;
const FIRST_MS = 250;
const MOST_MS = 8000;
/** Spreads the reconnects of many edges over their pauses. */
const SPREAD = 0.9;
/** Longer pause after the hub has refused the edge. */
const REFUSED_MS = 30_000;
/** Milliseconds between two hellos. */
const HELLO_MS = 5000;
/** The close code for a wrong token (RFC 6455 §7.4.1). */
const POLICY = 1008;

export function startEdge(node: Node<UploadWebsocketOptions>): void {
  const { options, clock, log, metrics } = node;
  const url = redactUrl(options.url);
  let socket: WebSocket | undefined;
  const send = (bytes: Buffer): void => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(bytes);
    else metrics.count('unsent_total');
  };
  const edge: Edge = createEdge(
    node,
    { edge: nameOf(options.url), helloEvery: HELLO_MS, staleAfter: options.stale_after },
    { hello: (hello) => send(encodePacket({ is: 'hello', ...hello })) },
    options.small === undefined ? undefined : node.input('small'),
  );
  node.defer(() => edge.leave());
  node.task(async (signal) => {
    const backoff = createBackoff({ first: FIRST_MS, most: MOST_MS, jitter: SPREAD });
    while (!signal.aborted) {
      const began = clock.monotonic();
      const made = open(options, (bytes) => {
        const packet = decodePacket(bytes);
        const request = packet && requestOf(packet.head);
        const number = packet?.head.n;
        if (!request) return;
        edge.handler.request(request, (reply) => {
          if (typeof number === 'number' && socket === made.socket) send(encodeReply(reply, { re: number }));
        });
      });
      const stop = (): void => {
        edge.leave();
        made.socket.close(1000);
        setTimeout(() => made.socket.terminate(), 1000).unref();
      };
      signal.addEventListener('abort', stop, { once: true });
      made.socket.on('open', () => {
        socket = made.socket;
        log.info('connected to the hub', { url });
        edge.handler.connected(true);
      });
      const { refused, why } = await made.ended;
      signal.removeEventListener('abort', stop);
      socket = undefined;
      if (signal.aborted) return;
      edge.handler.connected(false);
      metrics.count('connections_lost_total');
      node.degraded(sentence(environment('link-ended', why)));
      if (clock.monotonic() - began > MOST_MS) backoff.reset();
      await clock.sleep(refused ? REFUSED_MS : backoff.next(), signal).catch(() => {});
    }
  });
}

interface Opened {
  readonly socket: WebSocket;
  readonly ended: Promise<{ readonly refused: boolean; readonly why: string }>;
}

function open({ url, token, timeout }: UploadWebsocketOptions, receive: (bytes: Buffer) => void): Opened {
  const socket = new WebSocket(url, {
    handshakeTimeout: Math.min(CONNECT_MS, timeout),
    maxPayload: MAX_MESSAGE,
    perMessageDeflate: false,
    headers: { authorization: `Bearer ${token}` },
  });
  let failure: Error | undefined;
  let aliveAt = performance.now();
  const alive = (): void => {
    aliveAt = performance.now();
  };
  /** Pings detect a connection that broke without notice. */
  const check = setInterval(() => {
    const silent = performance.now() - aliveAt;
    if (silent >= 2 * timeout) socket.terminate();
    else if (silent >= timeout / 2 && socket.readyState === WebSocket.OPEN) socket.ping();
  }, timeout / 4);
  check.unref();
  socket.on('message', (data, isBinary) => {
    alive();
    if (isBinary && Buffer.isBuffer(data)) receive(data);
  });
  for (const event of ['open', 'ping', 'pong'] as const) socket.on(event, alive);
  socket.on('error', (error) => {
    failure = error;
  });
  const ended = new Promise<{ refused: boolean; why: string }>((resolve) => {
    socket.on('close', (code, closeReason) => {
      clearInterval(check);
      const reason = String(closeReason);
      if (code === POLICY) {
        const why = `The hub refused this edge: ${reason || 'it gave no reason'}. Check the name in the URL and the token.`;
        resolve({ refused: true, why });
      } else if (failure) resolve({ refused: false, why: `The connection to the hub failed: ${failure.message}.` });
      else resolve({ refused: false, why: `The hub closed the connection${reason && `: ${reason}`} (${code}).` });
    });
  });
  return { socket, ended };
}

/** The last part of the path, which is the name of the edge at the hub. */
export const nameOf = (url: string): string =>
  decodeURIComponent(new URL(url).pathname.split('/').filter(Boolean).at(-1) ?? '');
