// All viewers of one stream route: who is sent which frame, when, and who is let go. Knows no HTTP and no routes.

import type { Socket } from 'node:net';
import type { Frame } from '../../../core/contract/frame.ts';
import type { Release } from '../../../core/contract/ports.ts';
import { partOf } from './part.ts';
import { isBusy, miss, sendTo, takesTurn, type Viewer } from './stream-viewer.ts';

/** What an audience needs of the node that runs it; replaced when a reload replaces the node. */
export interface Host {
  /** Monotonic milliseconds. */
  now(): number;
  /** The newest frame of a camera, for a viewer that comes before the next one. */
  newest(camera: string): Frame | undefined;
  want(camera: string): Release;
  count(name: string, by?: number): void;
  /** Milliseconds after which a viewer that takes nothing is closed. */
  readonly stall: number;
  /** Milliseconds after which the last frame is sent again to whoever was sent nothing. */
  readonly repeat: number;
}

export interface Lag {
  /** Viewers whose connection does not take frames as fast as the camera sends them. */
  readonly viewers: number;
  /** Milliseconds for which the slowest of them has been taking its frame. */
  readonly worst: number;
}

export interface Audience {
  readonly size: () => number;
  /** Makes a socket, whose response head has been written, a viewer until it closes. `interval`: least ms between frames. */
  admit(socket: Socket, camera: string, interval: number): void;
  /** Hands a new frame to all who can take it now. */
  show(frame: Frame): void;
  /** Sends what is due and closes who is stuck. Runs by itself on one timer for all viewers. */
  sweep(): void;
  lag(): Lag;
  /** Another node runs it from now on, or none for the moment; the viewers notice nothing. */
  moveTo(host: Host | undefined): void;
  close(): void;
}

/** Milliseconds between two looks at all viewers; less where `stall` or `repeat` are small. */
const SWEEP = 1000;

interface Room {
  readonly viewers: Set<Viewer>;
  newest: Frame | undefined;
  /** What is sent of the newest frame, once it has been built. */
  part: Buffer | undefined;
  release: Release;
}

export function createAudience(): Audience {
  const rooms = new Map<string, Room>();
  let host: Host | undefined;
  let size = 0;
  let timer: NodeJS.Timeout | undefined;

  const tend = (): void => {
    clearInterval(timer);
    timer = undefined;
    if (size === 0 || !host) return;
    timer = setInterval(sweep, Math.max(20, Math.min(SWEEP, host.stall / 4, host.repeat / 4)));
    timer.unref();
  };

  const enter = (camera: string): Room => {
    const known = rooms.get(camera);
    if (known) return known;
    const room: Room = { viewers: new Set(), newest: host?.newest(camera), part: undefined, release: nothing };
    rooms.set(camera, room);
    room.release = host?.want(camera) ?? nothing;
    return room;
  };

  const leave = (viewer: Viewer): void => {
    const room = rooms.get(viewer.camera);
    if (!room?.viewers.delete(viewer)) return;
    size--;
    if (room.viewers.size === 0) {
      rooms.delete(viewer.camera);
      room.release();
    }
    if (size === 0) tend();
  };

  const offer = (room: Room, viewer: Viewer, now: number): void => {
    const frame = room.newest;
    if (!host || !frame || frame.seq <= viewer.sent || isBusy(viewer) || !takesTurn(viewer, now)) return;
    send(room, viewer, frame, now);
    host.count('frames_sent_total');
  };

  const taken = (viewer: Viewer): void => {
    // Newer frames came while this one was on its way: the newest of them goes out at once.
    viewer.missed = false;
    const room = rooms.get(viewer.camera);
    if (room && host) offer(room, viewer, host.now());
  };

  const tendViewer = (host: Host, room: Room, viewer: Viewer, now: number): void => {
    const waited = now - viewer.sentAt;
    if (isBusy(viewer)) {
      if (waited < host.stall) return;
      host.count('viewers_stalled_total');
      viewer.socket.destroy();
    } else if (room.newest && room.newest.seq > viewer.sent) {
      offer(room, viewer, now);
    } else if (room.newest && waited >= host.repeat) {
      send(room, viewer, room.newest, now);
      host.count('frames_repeated_total');
    }
  };

  const sweep = (): void => {
    if (!host) return;
    const now = host.now();
    for (const room of rooms.values()) for (const viewer of room.viewers) tendViewer(host, room, viewer, now);
  };

  return {
    size: () => size,
    admit(socket, camera, interval) {
      const now = host?.now() ?? 0;
      const room = enter(camera);
      const viewer: Viewer = {
        camera,
        socket,
        interval,
        dueAt: now,
        sent: -1,
        sentAt: now,
        missed: false,
        onTaken: () => taken(viewer),
      };
      room.viewers.add(viewer);
      size++;
      if (size === 1) tend();
      socket.once('close', () => leave(viewer));
      if (socket.destroyed) return leave(viewer);
      if (!host || !room.newest || !takesTurn(viewer, now)) return;
      send(room, viewer, room.newest, now);
      host.count('frames_sent_total');
    },
    show(frame) {
      const room = rooms.get(frame.camera);
      if (!room || !host) return;
      if (room.newest && frame.seq <= room.newest.seq) return;
      room.newest = frame;
      const now = host.now();
      const part = partOf(frame);
      room.part = part;
      let sent = 0;
      let skipped = 0;
      for (const viewer of room.viewers) {
        if (isBusy(viewer)) {
          miss(viewer);
          skipped++;
        } else if (takesTurn(viewer, now)) {
          sendTo(viewer, frame, now, part);
          sent++;
        }
      }
      if (sent > 0) host.count('frames_sent_total', sent);
      if (skipped > 0) host.count('frames_skipped_total', skipped);
    },
    sweep,
    lag() {
      const now = host?.now() ?? 0;
      let viewers = 0;
      let worst = 0;
      for (const room of rooms.values()) {
        for (const viewer of room.viewers) {
          if (!viewer.missed || !isBusy(viewer)) continue;
          viewers++;
          worst = Math.max(worst, now - viewer.sentAt);
        }
      }
      return { viewers, worst };
    },
    moveTo(next) {
      host = next;
      for (const [camera, room] of rooms) {
        const before = room.release;
        room.release = next?.want(camera) ?? nothing;
        before();
        const newest = next?.newest(camera);
        if (!newest || newest.seq <= (room.newest?.seq ?? -1)) continue;
        room.newest = newest;
        room.part = undefined;
      }
      tend();
      sweep();
    },
    close() {
      closeAll(rooms);
      clearInterval(timer);
      timer = undefined;
    },
  };
}

const nothing = (): void => {};

/** Sends the newest frame of a room again, or to one who comes late. */
function send(room: Room, viewer: Viewer, frame: Frame, now: number): void {
  room.part ??= partOf(frame);
  sendTo(viewer, frame, now, room.part);
}

/** An idle viewer gets a clean end; one that is stuck would never take it. */
function closeAll(rooms: ReadonlyMap<string, Room>): void {
  for (const room of rooms.values()) {
    for (const viewer of [...room.viewers]) {
      if (isBusy(viewer)) viewer.socket.destroy();
      else viewer.socket.destroySoon();
    }
  }
}
