// All connections of cameras at one path: who is let in, which connection a camera has, and when one counts as gone.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { sentence } from '../../../core/contract/problems.ts';
import { acceptUpgrade } from '../../kit/websocket/accept.ts';
import { OPCODE } from '../../kit/websocket/frame-reader.ts';
import type { CameraCommand } from './commands.ts';
import { CLOSE, type Connection, createConnection } from './connection.ts';
import { createMoves, type Moves } from './moves.ts';
import { createRivals } from './rivals.ts';
import { createBearerSession, createIdTokenSession, type Session, type SessionHost } from './session.ts';

/** What the connections need of the node that runs them; replaced when a reload replaces the node. */
export interface Host extends SessionHost {
  /** Monotonic milliseconds. */
  now(): number;
  readonly duplicate: 'newest' | 'refuse';
  readonly maxConnections: number;
  /** Milliseconds without bytes after which a camera is pinged. */
  readonly idle: number;
  /** Milliseconds without bytes after which it is gone. */
  readonly timeout: number;
  /** Milliseconds in which id and token must have come. */
  readonly handshakeTimeout: number;
  connected(camera: string): void;
  refused(why: string, client: string): void;
  /** A sentence for the user; undefined when all is well. */
  trouble(why: string | undefined): void;
}

export interface Asked {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly client: string;
  /** With a bearer token the camera and its token stand in the request. */
  readonly bearer: { readonly camera: string; readonly token: string } | undefined;
}

export interface Cameras {
  admit(asked: Asked): void;
  /** False: the camera is not connected, or does not read what it is sent. */
  command(camera: string, command: CameraCommand): boolean;
  isConnected(camera: string): boolean;
  readonly size: () => number;
  /** Asks for each camera again whether it is known and its token still right. */
  recheck(): void;
  /** Pings and ends what has been silent; to be called about once a second. */
  sweep(): void;
  moveTo(host: Host | undefined): void;
  close(): void;
}

interface Camera {
  readonly connection: Connection;
  readonly client: string;
  readonly session: Session;
  readonly since: number;
  heard: number;
  pinged: number;
  welcome: { readonly id: string; readonly token: string; readonly moves: Moves<CameraCommand> } | undefined;
}

export function createCameras(): Cameras {
  const all = new Set<Camera>();
  const byId = new Map<string, Camera>();
  const rivals = createRivals();
  const waiting = new Set<(host: Host) => void>();
  let host: Host | undefined;

  const whenHosted = (): Promise<Host> =>
    host ? Promise.resolve(host) : new Promise((resolve) => waiting.add(resolve));

  const leave = (camera: Camera): void => {
    all.delete(camera);
    camera.welcome?.moves.stop();
    if (camera.welcome && byId.get(camera.welcome.id) === camera) byId.delete(camera.welcome.id);
  };
  const welcome = (camera: Camera, id: string, token: string, by: Host): void => {
    const before = byId.get(id);
    if (before) rivals.changed(id, before.client, camera.client, by.now());
    by.trouble(rivals.trouble(by.now()));
    if (before && by.duplicate === 'refuse') {
      by.count('refused_total');
      camera.connection.close(CLOSE.policy, `Camera ${id} is connected already`);
      return;
    }
    const moves = createMoves<CameraCommand>(
      () => host?.now() ?? 0,
      (move) => void deliver(camera, move),
    );
    camera.welcome = { id, token, moves };
    byId.set(id, camera);
    if (before) {
      by.count('replaced_total');
      before.connection.close(CLOSE.replaced, 'a newer connection of this camera has taken over');
    }
    by.connected(id);
    camera.session.begin(id, by);
  };
  const greet = async (camera: Camera): Promise<void> => {
    const { connection, session, client } = camera;
    try {
      const greeting = await session.greet(await whenHosted());
      const by = await whenHosted();
      if (!connection.isOpen()) return;
      if (greeting.is === 'welcome') return welcome(camera, greeting.camera, greeting.token, by);
      by.count('refused_total');
      by.refused(greeting.reason, client);
      connection.close(greeting.code, greeting.reason);
    } catch (cause) {
      host?.count('refused_total');
      host?.refused(sentence(cause), client);
      connection.close(CLOSE.later, 'cameras cannot be checked at the moment; try again later');
    }
  };
  const deliver = (camera: Camera, command: CameraCommand): boolean => {
    const sent = camera.session.command(command);
    host?.count(sent ? 'commands_sent_total' : 'commands_dropped_total');
    return sent;
  };
  const look = (camera: Camera, by: Host): void => {
    const now = by.now();
    const { connection, heard } = camera;
    if (!camera.welcome) {
      if (now - camera.since >= by.handshakeTimeout) connection.close(CLOSE.policy, 'no id and token came in time');
      return;
    }
    if (now - heard >= by.timeout) {
      by.count('silent_total');
      connection.destroy();
    } else if (now - Math.max(heard, camera.pinged) >= by.idle) {
      camera.pinged = now;
      connection.send(OPCODE.ping, Buffer.alloc(0));
    }
  };

  return {
    size: () => byId.size,
    isConnected: (camera) => byId.has(camera),
    admit({ request, socket, head, client, bearer }) {
      if (!acceptUpgrade(request, socket)) return;
      const now = host?.now() ?? 0;
      const connection = createConnection(socket, head, {
        data: (bytes, last) => camera.session.data(bytes, last),
        alive() {
          camera.heard = host?.now() ?? camera.heard;
        },
        ended: () => leave(camera),
      });
      const session = bearer
        ? createBearerSession(connection, bearer, () => host)
        : createIdTokenSession(connection, () => host);
      const camera: Camera = { connection, client, session, since: now, heard: now, pinged: 0, welcome: undefined };
      if (host && all.size >= host.maxConnections) {
        host.count('refused_total');
        connection.close(CLOSE.later, 'as many cameras as are allowed are connected');
        return;
      }
      all.add(camera);
      void greet(camera);
    },
    command(id, command) {
      const camera = byId.get(id);
      if (!camera?.welcome) return false;
      if (command.name !== 'move') return deliver(camera, command);
      camera.welcome.moves.push(command);
      return true;
    },
    recheck() {
      for (const [id, camera] of byId) {
        const token = camera.welcome?.token ?? '';
        host?.verify(id, token).then(
          (verdict) => {
            if (verdict === 'ok') return;
            const reason = verdict === 'unknown' ? `No camera with id ${id} exists` : 'Invalid token';
            camera.connection.close(CLOSE.policy, reason);
          },
          // The registry is away: those who are in stay in.
          () => {},
        );
      }
    },
    sweep() {
      if (!host) return;
      for (const camera of [...all]) look(camera, host);
      host.trouble(rivals.trouble(host.now()));
    },
    moveTo(next) {
      host = next;
      if (!next) return;
      for (const id of byId.keys()) next.connected(id);
      for (const resolve of waiting) resolve(next);
      waiting.clear();
    },
    close() {
      for (const camera of [...all])
        camera.connection.close(CLOSE.leaving, 'camd is stopping or serves something else');
    },
  };
}
