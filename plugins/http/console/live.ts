// The WebSockets of the console: live metrics and log lines, and the frames that a node emits.

import { WebSocket, WebSocketServer } from 'ws';
import { headOf } from '../../../core/contract/frame.ts';
import type { Frame, Kernel, Release } from '../../../core/contract/plugin.ts';
import type { DaemonView } from '../../../core/contract/status.ts';
import { maySee } from '../../kit/http/people.ts';
import type { Person } from './access.ts';
import { isMap } from './answer.ts';
import { CLOSED, type LiveEvent, TAP_NEXT, type TapHead } from './api/nodes.ts';
import type { Channel, ChannelCall } from './app.ts';
import { isHiddenFrom, logLine, othersOf, statusLines } from './view.ts';

/** Most simultaneous WebSockets; further ones are closed. */
export const MAX_CHANNELS = 128;
/** Milliseconds between two reports of all metrics, and between two checks of the session. */
export const STATUS_MS = 1000;
/** Most bytes in the buffer for a slow page; further log lines are dropped. */
const MAX_WAITING = 1024 * 1024;
const MAX_MESSAGE = 1024;

export interface LiveContext {
  readonly kernel: Kernel;
  readonly daemon: DaemonView;
  now(): number;
  monotonic(): number;
}

export interface Live {
  readonly channels: readonly Channel[];
  readonly size: () => number;
  close(): void;
}

export function createLive({ kernel, daemon, now, monotonic }: LiveContext): Live {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE,
  });
  const open = new Map<WebSocket, () => void>();

  /** `look` runs every second with the current person of the socket. */
  const accept = (
    call: ChannelCall,
    begin: (socket: WebSocket) => { look(person: Person): void; end: Release },
  ): void => {
    sockets.handleUpgrade(call.request, call.socket, call.head, (socket) => {
      socket.on('error', () => {});
      if (open.size >= MAX_CHANNELS) return leave(socket, CLOSED.full, 'too many pages are open');
      const { look, end } = begin(socket);
      const check = (): void => {
        const person = call.still();
        if (person) look(person);
        else leave(socket, CLOSED.login, 'the session has ended');
      };
      const timer = setInterval(check, STATUS_MS);
      open.set(socket, check);
      socket.once('close', () => {
        clearInterval(timer);
        open.delete(socket);
        end();
      });
      check();
    });
  };

  const live = (call: ChannelCall): void =>
    accept(call, (socket) => {
      let watched: string | undefined;
      let person = call.person;
      const tell = (event: LiveEvent): void => {
        if (socket.readyState === WebSocket.OPEN && socket.bufferedAmount < MAX_WAITING)
          socket.send(JSON.stringify(event));
      };
      socket.on('message', (data, isBinary) => {
        const request = isBinary ? undefined : parsed(String(data));
        if (!request) return leave(socket, CLOSED.misused, 'this message is invalid');
        watched = typeof request.log === 'string' ? request.log : undefined;
      });
      const ends = [
        kernel.onLog((node, text) => {
          if (node !== watched || kernel.nodes().some((one) => one.id === node && isHiddenFrom(person, one))) return;
          const line = logLine(person, text, othersOf(person, daemon));
          if (line) tell({ is: 'log', node, line });
        }),
        kernel.onReload(({ ok, summary }) => tell({ is: 'reloaded', ok, summary: person.cameras ? '' : summary })),
      ];
      return {
        look(now_) {
          person = now_;
          tell({ is: 'status', now: now(), nodes: statusLines(person, daemon, kernel) });
        },
        end() {
          for (const end of ends) end();
        },
      };
    });

  const tap = (call: ChannelCall): void =>
    accept(call, (socket) => {
      const node = call.params.node ?? '';
      const only = call.query.get('camera') ?? undefined;
      let person = call.person;
      let ready = true;
      let skipped = 0;
      let waiting: { frame: Frame; skipped: number } | undefined;
      const last = new Map<string, number>();
      const send = (frame: Frame, passed: number): void => {
        ready = false;
        const at = monotonic();
        const before = last.get(frame.camera);
        last.set(frame.camera, at);
        const head: TapHead = {
          ...headOf(frame),
          age: Math.max(0, now() - frame.time),
          ...(before === undefined ? {} : { interval: at - before }),
          skipped: passed,
        };
        socket.send(JSON.stringify(head));
        socket.send(frame.data);
      };
      const release = kernel.tap(node, {
        frame(frame, passed) {
          if (socket.readyState !== WebSocket.OPEN) return;
          if (!maySee(person, frame.camera) || (only !== undefined && frame.camera !== only)) return;
          skipped += passed + (waiting ? 1 : 0);
          waiting = undefined;
          if (!ready) {
            waiting = { frame, skipped: 0 };
            return;
          }
          send(frame, skipped);
          skipped = 0;
        },
        end: () => leave(socket, CLOSED.gone, 'the node is gone'),
      });
      if (!release) leave(socket, CLOSED.gone, 'this node sends no frames');
      socket.on('message', (data, isBinary) => {
        if (isBinary || String(data) !== TAP_NEXT) return leave(socket, CLOSED.misused, 'this message is invalid');
        ready = true;
        if (!waiting) return;
        const { frame } = waiting;
        waiting = undefined;
        send(frame, skipped);
        skipped = 0;
      });
      return {
        look(now_) {
          person = now_;
          if (waiting && !maySee(person, waiting.frame.camera)) waiting = undefined;
          if (only !== undefined && !maySee(person, only))
            leave(socket, CLOSED.forbidden, 'this is not one of your cameras');
        },
        end: release ?? (() => {}),
      };
    });

  return {
    channels: [
      { path: '/api/live', role: 'look', open: live },
      { path: '/api/tap/{node}', role: 'look', open: tap },
    ],
    size: () => open.size,
    close() {
      for (const socket of [...open.keys()])
        leave(socket, CLOSED.leaving, 'the console stops, or its options have changed');
    },
  };
}

/** Terminates the connection if the page does not answer the close. */
function leave(socket: WebSocket, code: number, why: string): void {
  socket.close(code, why);
  setTimeout(() => socket.terminate(), STATUS_MS).unref();
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMap(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
