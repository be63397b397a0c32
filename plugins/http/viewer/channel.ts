// All browsers of one viewer page: which pictures and states each of them gets.

import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Frame } from '../../../core/contract/frame.ts';
import { type ChannelHost, createCameraChannels } from '../../kit/live/camera-channels.ts';
import { createCameraList, type Listed } from './camera-list.ts';
import {
  acknowledge,
  createViewer,
  offer,
  oldestFlight,
  pump,
  type Sending,
  unwatch,
  type Viewer,
  watch,
} from './viewer.ts';
import { type CameraState, CLOSED, decodeAck, decodeRequest, type Links, type ViewerEvent } from './wire.ts';

/** The values that a channel needs from its node; a reload replaces them with the node's. */
export interface Host extends ChannelHost {
  /** Milliseconds since the epoch. */
  time(): number;
  readonly title: string;
  links(): Links;
  /** In the page's order. */
  cameras(): readonly Listed[];
  /** `wantedAt`: monotonic time since which at least one viewer watches it. */
  state(camera: string, wantedAt: number | undefined): CameraState;
  count(name: string, by?: number): void;
  /** Minimum milliseconds between two pictures of a camera for one viewer. */
  readonly interval: number;
  /** Milliseconds without an acknowledgement after which a viewer is closed. */
  readonly stall: number;
}

export interface Channels {
  readonly size: () => number;
  /** Viewers that have this camera on the screen. */
  watching(camera: string): number;
  admit(socket: WebSocket, connection: Duplex): void;
  /** These cameras are gone: no viewer sees them any longer. */
  leave(cameras: readonly string[]): void;
  /** Sends a new picture to all viewers of its camera that can take it now. */
  show(frame: Frame): void;
  /** Cameras that at least one viewer has on the screen. */
  readonly watched: () => number;
  /** Bytes in flight to all viewers. */
  inFlight(): number;
  /** Attaches another node, or none for the moment, without an effect on viewers. */
  moveTo(host: Host | undefined): void;
  close(): void;
}

/** Milliseconds between two checks of all viewers; less where `stall` is small. */
const SWEEP = 1000;
/** Milliseconds between keep-alive messages. The page waits for a few of them (page/lib/connection.ts). */
const ALIVE = 10_000;
/** Milliseconds after which a viewer that answers no ping counts as gone. */
const SILENT = 30_000;
/** Milliseconds that a viewer may take to answer a close. */
const PARTING = 1000;

export function createChannels(): Channels {
  const viewers = new Set<Viewer>();
  const cameraChannels = createCameraChannels<Viewer>();
  const cameraList = createCameraList();
  let host: Host | undefined;
  let timer: NodeJS.Timeout | undefined;
  let aliveAt = 0;

  const sending = (by: Host): Sending => ({ now: by.now(), time: by.time(), interval: by.interval });
  const newest = (camera: string): Frame | undefined => cameraChannels.get(camera)?.newest;

  const reschedule = (): void => {
    clearInterval(timer);
    timer = undefined;
    if (viewers.size === 0 || !host) return;
    timer = setInterval(sweep, Math.max(20, Math.min(SWEEP, host.stall / 4)));
    timer.unref();
  };

  const stateOf = (camera: string): CameraState => host?.state(camera, cameraChannels.get(camera)?.since) ?? 'waiting';
  const tell = (told: ViewerEvent, to: Iterable<Viewer> = viewers): void => {
    const text = JSON.stringify(told);
    for (const { socket } of to) socket.send(text);
  };
  const introduce = (by: Host, to: Iterable<Viewer> = viewers): void =>
    tell({ is: 'cameras', now: by.time(), title: by.title, links: by.links(), cameras: cameraList.cards(stateOf) }, to);
  const refreshStates = (by: Host): void => {
    const states = cameraList.changes(stateOf);
    if (states.length > 0) tell({ is: 'states', now: by.time(), states });
  };

  const request = (viewer: Viewer, numbers: readonly number[]): void => {
    if (!host) return;
    const wanted = new Set(numbers.map((n) => cameraList.idOf(n)).filter((id) => id !== undefined));
    for (const camera of [...viewer.watched]) {
      if (wanted.has(camera)) continue;
      unwatch(viewer, camera);
      cameraChannels.leave(camera, viewer);
    }
    const now = sending(host);
    for (const camera of wanted) {
      const n = cameraList.numberOf(camera);
      if (viewer.watched.has(camera) || n === undefined) continue;
      watch(viewer, camera, n);
      const cameraChannel = cameraChannels.join(camera, viewer);
      if (cameraChannel.newest && offer(viewer, cameraChannel.newest, now) === 'sent')
        host.count('pictures_sent_total');
    }
    refreshStates(host);
  };

  const receive = (viewer: Viewer, data: Buffer, isBinary: boolean): void => {
    viewer.heard = host?.now() ?? viewer.heard;
    if (!isBinary) {
      const requested = decodeRequest(data.toString('utf8'));
      if (requested) request(viewer, requested.watch);
      else viewer.socket.close(CLOSED.misused, 'this message is invalid');
      return;
    }
    const ack = decodeAck(data);
    const camera = ack && cameraList.idOf(ack.n);
    if (!ack || camera === undefined) {
      viewer.socket.close(CLOSED.misused, 'this message is invalid');
      return;
    }
    if (!acknowledge(viewer, camera, ack.seq, viewer.heard) || !host) return;
    const sent = pump(viewer, newest, sending(host));
    if (sent > 0) host.count('pictures_sent_total', sent);
  };

  const leave = (viewer: Viewer): void => {
    if (!viewers.delete(viewer)) return;
    for (const camera of viewer.watched) cameraChannels.leave(camera, viewer);
    if (viewers.size === 0) reschedule();
  };

  const rescheduleViewer = (by: Host, viewer: Viewer, now: Sending): void => {
    const flight = oldestFlight(viewer);
    const isStuck = flight !== undefined && now.now - flight >= by.stall;
    if (isStuck || now.now - viewer.heard >= Math.max(by.stall, SILENT)) {
      by.count('viewers_stalled_total');
      viewer.socket.terminate();
      return;
    }
    const sent = pump(viewer, newest, now);
    if (sent > 0) by.count('pictures_sent_total', sent);
  };

  const sweep = (): void => {
    if (!host) return;
    const now = sending(host);
    for (const viewer of [...viewers]) rescheduleViewer(host, viewer, now);
    if (cameraList.refresh(host.cameras())) introduce(host);
    else refreshStates(host);
    if (now.now - aliveAt < ALIVE) return;
    aliveAt = now.now;
    tell({ is: 'alive', now: now.time });
    for (const { socket } of viewers) socket.ping();
  };

  return {
    size: () => viewers.size,
    watched: () => cameraChannels.size,
    watching: (camera) => cameraChannels.get(camera)?.viewers.size ?? 0,
    admit(socket, connection) {
      if (!host) {
        socket.close(CLOSED.leaving);
        return;
      }
      if (cameraList.refresh(host.cameras())) introduce(host);
      else refreshStates(host);
      const viewer = createViewer(socket, connection, host.now());
      viewers.add(viewer);
      if (viewers.size === 1) reschedule();
      socket.on('message', (data, isBinary) => receive(viewer, data as Buffer, isBinary));
      socket.on('pong', () => {
        viewer.heard = host?.now() ?? viewer.heard;
      });
      socket.on('close', () => leave(viewer));
      introduce(host, [viewer]);
    },
    leave(cameras) {
      for (const camera of cameras) {
        for (const viewer of [...(cameraChannels.get(camera)?.viewers ?? [])]) {
          unwatch(viewer, camera);
          cameraChannels.leave(camera, viewer);
        }
      }
      if (host && cameraList.refresh(host.cameras())) introduce(host);
    },
    show(frame) {
      const cameraChannel = cameraChannels.accept(frame);
      if (!cameraChannel || !host) return;
      const now = sending(host);
      let sent = 0;
      let skipped = 0;
      for (const viewer of cameraChannel.viewers) {
        const outcome = offer(viewer, frame, now);
        if (outcome === 'sent') sent++;
        else if (outcome === 'held') skipped++;
      }
      if (sent > 0) host.count('pictures_sent_total', sent);
      if (skipped > 0) host.count('pictures_held_total', skipped);
      if (cameraList.told(frame.camera) !== 'live') refreshStates(host);
    },
    inFlight() {
      let bytes = 0;
      for (const { window } of viewers) bytes += window.inFlight();
      return bytes;
    },
    moveTo(next) {
      host = next;
      cameraChannels.moveTo(next);
      reschedule();
      if (!next) return;
      cameraList.refresh(next.cameras());
      introduce(next);
    },
    close() {
      clearInterval(timer);
      timer = undefined;
      for (const { socket } of [...viewers]) {
        socket.close(CLOSED.leaving, 'camd is stopping, or the profile has changed');
        setTimeout(() => socket.terminate(), PARTING).unref();
      }
    },
  };
}
