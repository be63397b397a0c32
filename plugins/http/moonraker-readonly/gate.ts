// Accepts a visitor's WebSocket after the upstream connection is open, and limits the number of visitors.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { errorCode, reason } from '../../../core/base/reason.ts';
import { upstreamHeaders, type Visitor } from '../../kit/proxy/headers.ts';
import type { Upstream } from '../../kit/proxy/upstream.ts';
import { once } from '../../kit/work/once.ts';
import { type RelayOptions, relay } from './relay.ts';

export interface GateOptions {
  readonly upstream: Upstream;
  /** Most simultaneous visitors. */
  readonly most: number;
  /** Most bytes of one visitor message; a larger one closes the connection with 1009. */
  readonly maxMessage: number;
  /** Most bytes of one upstream message. */
  readonly maxAnswer: number;
  /** Lower-case names of visitor headers that are not forwarded. */
  readonly drop?: ReadonlySet<string>;
  /** Called for each visitor. */
  open(): Pick<RelayOptions, 'filter' | 'translate'>;
  /** Serves a visitor while the upstream server is unreachable; undefined to refuse the visitor. */
  readonly local: ((visitor: WebSocket, request: IncomingMessage) => void) | undefined;
  readonly stop: AbortSignal;
}

export interface Gate {
  /** `target`: path and query upstream. Takes ownership of the socket. */
  admit(request: IncomingMessage, socket: Duplex, head: Buffer, target: string): void;
  readonly visitors: () => number;
}

export function createGate(options: GateOptions): Gate {
  const { upstream, stop } = options;
  let visitors = 0;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: options.maxMessage,
    // Only the upstream server could select a subprotocol.
    handleProtocols: () => false,
  });

  return {
    visitors: () => visitors,
    admit(request, socket, head, target) {
      // The gate owns the socket: an error on it must not crash the process.
      const ignore = () => {};
      socket.on('error', ignore);
      if (stop.aborted || visitors >= options.most) return refuse(socket, 503, 'Service Unavailable');
      visitors++;
      const leave = once(() => void visitors--);
      const serveLocally = (serve: NonNullable<GateOptions['local']>): void => {
        if (socket.destroyed) leave();
        if (socket.destroyed) return;
        socket.once('close', leave);
        server.handleUpgrade(request, socket, head, (near) => {
          const end = () => near.close(1001, 'going away');
          stop.addEventListener('abort', end, { once: true });
          near.on('error', ignore);
          near.on('close', () => stop.removeEventListener('abort', end));
          serve(near, request);
        });
      };
      if (upstream.base === '' && options.local) return serveLocally(options.local);

      const far = new WebSocket(`${upstream.base.replace(/^http/, 'ws')}${target}`, {
        headers: { ...upstreamHeaders(request.headers, visitorOf(request), options.drop), ...upstream.headers },
        handshakeTimeout: upstream.timeoutMs,
        perMessageDeflate: false,
        maxPayload: options.maxAnswer,
        followRedirects: false,
      });
      far.on('error', ignore);
      const abandon = () => far.terminate();
      socket.once('close', abandon);
      stop.addEventListener('abort', abandon, { once: true });
      const settled = () => {
        socket.off('close', abandon);
        stop.removeEventListener('abort', abandon);
      };

      far.once('unexpected-response', (handshake, answer) => {
        upstream.onAnswer(answer.statusCode ?? 0);
        handshake.destroy();
        far.emit('error', new Error('no WebSocket'));
      });
      far.once('error', (thrown) => {
        settled();
        const isAway = errorCode(thrown) !== undefined;
        if (!socket.destroyed && isAway) upstream.onAway(reason(thrown));
        if (isAway && options.local) return serveLocally(options.local);
        leave();
        refuse(socket, 502, 'Bad Gateway');
      });
      far.once('open', () => {
        settled();
        upstream.onAnswer(101);
        // No upstream message may be lost before the visitor is connected.
        far.pause();
        socket.once('close', () => {
          leave();
          // If the visitor's handshake has failed, the upstream connection is still open.
          if (far.readyState !== far.CLOSED) setTimeout(() => far.terminate(), 5000).unref();
        });
        if (socket.destroyed) return far.terminate();
        server.handleUpgrade(request, socket, head, (near) => {
          relay(near, far, { ...options.open(), stop, onClosed: leave });
          far.resume();
        });
      });
    },
  };
}

function refuse(socket: Duplex, status: number, phrase: string): void {
  if (socket.destroyed || !socket.writable) return;
  socket.end(`HTTP/1.1 ${status} ${phrase}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function visitorOf(request: IncomingMessage): Visitor {
  const encrypted = 'encrypted' in request.socket && request.socket.encrypted === true;
  return {
    address: request.socket.remoteAddress ?? '',
    scheme: encrypted ? 'https' : 'http',
    host: request.headers.host,
  };
}
