// The connections of all cameras at one path: admits them, keeps one for each camera, and ends silent ones.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { sentence } from '../../../core/contract/problems.ts';
import { acceptUpgrade } from '../../kit/websocket/accept.ts';
import { OPCODE } from '../../kit/websocket/frame-reader.ts';
import type { CameraCommand } from './commands.ts';
import { CLOSE, type Connection, createConnection } from './connection.ts';
import { createDuplicateSenders } from './duplicate-senders.ts';
import { createMoves, type Moves } from './moves.ts';
import { createBearerSession, createIdTokenSession, type Session, type SessionHost } from './session.ts';

/** The connections' view of the node that runs them; a reload replaces it with the node. */
export interface Host extends SessionHost {
  /** Monotonic milliseconds. */
  now(): number;
  readonly duplicate: 'newest' | 'refuse';
  readonly maxConnections: number;
  /** Milliseconds without bytes after which a camera is pinged. */
  readonly idle: number;
  /** Milliseconds without bytes after which the connection is ended. */
  readonly timeout: number;
  /** Milliseconds in which id and token must arrive. */
  readonly handshakeTimeout: number;
  connected(camera: string): void;
  refused(why: string, client: string): void;
  /** Reports a problem as a sentence for the user; undefined if there is none. */
  trouble(why: string | undefined): void;
}

export interface Admission {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly client: string;
  /** The camera and its token, if the request contains a bearer token. */
  readonly bearer: { readonly camera: string; readonly token: string } | undefined;
}

export interface Cameras {
  admit(admission: Admission): void;
  /** False if the camera is not connected, or does not read its messages. */
  command(camera: string, command: CameraCommand): boolean;
  isConnected(camera: string): boolean;
  readonly size: () => number;
  /** Verifies each camera and its token again. */
  recheck(): void;
  /** Pings silent connections and ends those beyond the timeout; to be called about once a second. */
  sweep(): void;
  moveTo(host: Host | undefined): void;
  close(): void;
}

interface Camera {
  readonly connection: Connection;
  readonly client: string;
  readonly session: Session;
  readonly since: number;
  lastBytesAt: number;
  lastPingAt: number;
  welcome: { readonly id: string; readonly token: string; readonly moves: Moves<CameraCommand> } | undefined;
}

export function createCameras(): Cameras {
  const all = new Set<Camera>();
  const byId = new Map<string, Camera>();
  const duplicates = createDuplicateSenders();
  const waiting = new Set<(host: Host) => void>();
  let host: Host | undefined;

  const whenHosted = (): Promise<Host> =>
    host ? Promise.resolve(host) : new Promise((resolve) => waiting.add(resolve));

  const leave = (camera: Camera): void => {
    all.delete(camera);
    camera.welcome?.moves.stop();
    if (camera.welcome && byId.get(camera.welcome.id) === camera) byId.delete(camera.welcome.id);
  };
  const welcome = (camera: Camera, id: string, token: string, owner: Host): void => {
    const previous = byId.get(id);
    if (previous) duplicates.changed(id, previous.client, camera.client, owner.now());
    owner.trouble(duplicates.trouble(owner.now()));
    if (previous && owner.duplicate === 'refuse') {
      owner.count('refused_total');
      camera.connection.close(CLOSE.policy, `Camera ${id} is connected already`);
      return;
    }
    const moves = createMoves<CameraCommand>(
      () => host?.now() ?? 0,
      (move) => void deliver(camera, move),
    );
    camera.welcome = { id, token, moves };
    byId.set(id, camera);
    if (previous) {
      owner.count('replaced_total');
      previous.connection.close(CLOSE.replaced, 'a newer connection of this camera has taken over');
    }
    owner.connected(id);
    camera.session.begin(id, owner);
  };
  const greet = async (camera: Camera): Promise<void> => {
    const { connection, session, client } = camera;
    try {
      const greeting = await session.greet(await whenHosted());
      const owner = await whenHosted();
      if (!connection.isOpen()) return;
      if (greeting.is === 'welcome') return welcome(camera, greeting.camera, greeting.token, owner);
      owner.count('refused_total');
      owner.refused(greeting.reason, client);
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
  const checkSilence = (camera: Camera, owner: Host): void => {
    const now = owner.now();
    const { connection, lastBytesAt } = camera;
    if (!camera.welcome) {
      if (now - camera.since >= owner.handshakeTimeout) connection.close(CLOSE.policy, 'no id and token came in time');
      return;
    }
    if (now - lastBytesAt >= owner.timeout) {
      owner.count('silent_total');
      connection.destroy();
    } else if (now - Math.max(lastBytesAt, camera.lastPingAt) >= owner.idle) {
      camera.lastPingAt = now;
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
          camera.lastBytesAt = host?.now() ?? camera.lastBytesAt;
        },
        ended: () => leave(camera),
      });
      const session = bearer
        ? createBearerSession(connection, bearer, () => host)
        : createIdTokenSession(connection, () => host);
      const camera: Camera = {
        connection,
        client,
        session,
        since: now,
        lastBytesAt: now,
        lastPingAt: 0,
        welcome: undefined,
      };
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
          // The registry is unavailable: connected cameras stay connected.
          () => {},
        );
      }
    },
    sweep() {
      if (!host) return;
      for (const camera of [...all]) checkSilence(camera, host);
      host.trouble(duplicates.trouble(host.now()));
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
        camera.connection.close(CLOSE.leaving, 'camd is stopping, or the profile has changed');
    },
  };
}
