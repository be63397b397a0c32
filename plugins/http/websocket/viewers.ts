// All viewers at one path: checks their rights and sends pictures. They survive a reload of the node.

import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Frame } from '../../../core/contract/frame.ts';
import type { Command, Person, Release } from '../../../core/contract/plugin.ts';
import { createHelloReader, type Hello, readText, type ViewerMessage } from './hello.ts';
import { createViewer, pump, type Sending, type Viewer } from './viewer.ts';

/** Close codes (RFC 6455 §7.4.1, and 1013 of its registry). */
const CLOSE = { leaving: 1001, invalid: 1007, policy: 1008, later: 1013 } as const;
/** Milliseconds in which a viewer must send hello. */
const HELLO_MS = 10_000;
/** Milliseconds that a viewer has to answer a close. */
const CLOSE_MS = 1000;
/** Milliseconds between pings, which keep proxies from closing an idle connection. */
const PING_MS = 30_000;

/** The server's authentication of a viewer. */
export interface Authenticated {
  /** True if the server requires credentials. */
  readonly authenticated: boolean;
  readonly person?: Person | undefined;
}

/** A viewer's rights for one camera. `refused`: the reason for the viewer. */
export type Right = { readonly mayControl: boolean } | { readonly refused: string };

export interface Host {
  now(): number;
  time(): number;
  newest(camera: string): Frame | undefined;
  /** Rejects when the rights cannot be checked at the moment. */
  right(camera: string, token: string, by: Authenticated): Promise<Right>;
  want(camera: string): Release;
  tell(camera: string, command: Command): void;
  count(name: string): void;
  /** Milliseconds after which a viewer that reads nothing is disconnected. */
  readonly stall: number;
}

export interface Viewers {
  readonly size: () => number;
  /** Camera → its viewers. */
  watching(): Iterable<readonly [camera: string, viewers: number]>;
  admit(socket: WebSocket, connection: Duplex, who: Authenticated): void;
  show(frame: Frame): void;
  sweep(): void;
  moveTo(host: Host | undefined): void;
  close(): void;
}

export function createViewers(): Viewers {
  const viewers = new Set<Viewer>();
  const byCamera = new Map<string, { readonly viewers: Set<Viewer>; release: Release }>();
  let host: Host | undefined;
  let pingedAt = 0;

  const sending: Sending = {
    newest: (camera) => host?.newest(camera),
    now: () => host?.now() ?? 0,
    time: () => host?.time() ?? 0,
    sent: () => host?.count('pictures_sent_total'),
  };

  const unwatch = (viewer: Viewer, camera: string): void => {
    viewer.watched.delete(camera);
    viewer.due.delete(camera);
    const channel = byCamera.get(camera);
    if (!channel?.viewers.delete(viewer) || channel.viewers.size > 0) return;
    byCamera.delete(camera);
    channel.release();
  };
  const watch = (viewer: Viewer, camera: string, n: number, mayControl: boolean, by: Host): void => {
    if (!viewer.watched.has(camera)) viewer.watched.set(camera, { n, mayControl, sent: -1 });
    const channel = byCamera.get(camera);
    if (channel) channel.viewers.add(viewer);
    else byCamera.set(camera, { viewers: new Set([viewer]), release: by.want(camera) });
    viewer.due.add(camera);
  };
  const end = (viewer: Viewer, code: number, reason: string): void => {
    viewer.socket.close(code, reason);
    setTimeout(() => viewer.socket.terminate(), CLOSE_MS).unref();
  };

  const greet = async (viewer: Viewer, { cameras, token }: Hello, who: Authenticated): Promise<void> => {
    const by = host;
    if (!by) return end(viewer, CLOSE.later, 'try again later');
    viewer.greeted = true;
    let rights: readonly Right[];
    try {
      rights = await Promise.all(cameras.map((camera) => by.right(camera, token(camera), who)));
    } catch {
      return end(viewer, CLOSE.later, 'cameras cannot be checked at the moment; try again later');
    }
    if (!viewers.has(viewer)) return;
    const wanted = new Set(cameras);
    for (const camera of [...viewer.watched.keys()]) if (!wanted.has(camera)) unwatch(viewer, camera);
    const entries: object[] = [];
    for (const [n, camera] of cameras.entries()) {
      const right = rights[n] ?? { refused: '' };
      if ('refused' in right) {
        by.count('refused_total');
        if (!viewer.modern) return end(viewer, CLOSE.policy, right.refused);
        entries.push({ camera, refused: right.refused });
        continue;
      }
      watch(viewer, camera, viewer.watched.get(camera)?.n ?? n, right.mayControl, host ?? by);
      entries.push({ camera, n: viewer.watched.get(camera)?.n, control: right.mayControl });
    }
    if (viewer.modern) viewer.socket.send(JSON.stringify({ is: 'cameras', cameras: entries }));
    pump(viewer, sending);
  };

  const command = (viewer: Viewer, camera: string | undefined, request: Command): void => {
    const [only] = viewer.watched.keys();
    const id = camera ?? only;
    if (id === undefined) return;
    if (viewer.watched.get(id)?.mayControl) host?.tell(id, request);
    else host?.count('commands_refused_total');
  };
  const receive = (viewer: Viewer, message: ViewerMessage, who: Authenticated): void => {
    if (message.is === 'nonsense') end(viewer, CLOSE.invalid, 'Invalid client info');
    else if (message.is === 'hello') void greet(viewer, message.hello, who);
    else if (message.is === 'update') command(viewer, message.camera, { name: 'update' });
    else if (Number.isFinite(message.x) && Number.isFinite(message.y)) {
      command(viewer, message.camera, { name: 'move', args: { x: message.x, y: message.y } });
    }
  };

  const check = (viewer: Viewer, by: Host): void => {
    const now = by.now();
    if (!viewer.greeted && now - viewer.since >= HELLO_MS) end(viewer, CLOSE.invalid, 'no hello arrived in time');
    if (viewer.sendingSince === undefined || now - viewer.sendingSince < by.stall) return;
    by.count('viewers_stalled_total');
    viewer.socket.terminate();
  };

  return {
    size: () => viewers.size,
    watching: () => [...byCamera].map(([camera, channel]) => [camera, channel.viewers.size] as const),
    admit(socket, connection, who) {
      const viewer = createViewer(socket, connection, host?.now() ?? 0);
      const readBytes = createHelloReader();
      viewers.add(viewer);
      socket.on('message', (data, isBinary) => {
        if (socket.readyState !== socket.OPEN) return;
        const bytes = data as Buffer;
        if (isBinary) for (const message of readBytes(bytes)) receive(viewer, message, who);
        else {
          viewer.modern = true;
          receive(viewer, readText(bytes.toString('utf8')), who);
        }
      });
      socket.on('close', () => {
        viewers.delete(viewer);
        for (const camera of [...viewer.watched.keys()]) unwatch(viewer, camera);
      });
    },
    show(frame) {
      const channel = byCamera.get(frame.camera);
      if (!channel) return;
      for (const viewer of channel.viewers) {
        viewer.due.add(frame.camera);
        pump(viewer, sending);
      }
    },
    sweep() {
      if (!host) return;
      for (const viewer of [...viewers]) check(viewer, host);
      if (host.now() - pingedAt < PING_MS) return;
      pingedAt = host.now();
      for (const { socket } of viewers) if (socket.readyState === socket.OPEN) socket.ping();
    },
    moveTo(next) {
      host = next;
      for (const [camera, channel] of byCamera) {
        const before = channel.release;
        channel.release = next?.want(camera) ?? (() => {});
        before();
      }
    },
    close() {
      for (const viewer of [...viewers]) end(viewer, CLOSE.leaving, 'camd is stopping, or the profile has changed');
    },
  };
}
