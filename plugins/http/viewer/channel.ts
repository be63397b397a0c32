// All viewers of one viewer page: sends pictures and states to each of them.

import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Frame } from '../../../core/contract/frame.ts';
import { type ChannelHost, createCameraChannels } from '../../kit/live/camera-channels.ts';
import { createCameraList, type Listed, type ReasonedState } from './camera-list.ts';
import { classFor, type PictureClass } from './classes.ts';
import { createEncoder, type Encoder } from './encode.ts';
import { createReducer } from './reducer.ts';
import {
  acknowledge,
  createViewer,
  type Offered,
  offer,
  oldestFlight,
  ping,
  pongReceived,
  pump,
  type Sending,
  unwatch,
  type Viewer,
  watch,
} from './viewer.ts';
import { CLOSED, decodeAck, decodeRequest, type Links, type ViewerEvent, type ViewerRequest } from './wire.ts';

/** The values that a channel needs from its node; a reload replaces them with the node's. */
export interface Host extends ChannelHost {
  /** Milliseconds since the epoch. */
  time(): number;
  readonly title: string;
  links(): Links;
  /** In the page's order. */
  cameras(): readonly Listed[];
  /** `wantedAt`: monotonic time since which at least one viewer watches it. */
  state(camera: string, wantedAt: number | undefined): ReasonedState;
  count(name: string, by?: number): void;
  /** Minimum milliseconds between two pictures of a camera for one viewer. */
  readonly interval: number;
  /** Milliseconds without an acknowledgement after which the viewer's connection ends. */
  readonly stall: number;
  /** The viewers that get smaller pictures. */
  readonly reduce: 'slow' | 'always' | 'never';
}

export interface Channels {
  readonly size: () => number;
  /** Number of viewers with this camera on the screen. */
  watching(camera: string): number;
  /** `cameras`: the cameras that this viewer may see; undefined for all. */
  admit(socket: WebSocket, connection: Duplex, cameras?: ReadonlySet<string>): void;
  /** Removes these cameras from all viewers. */
  leave(cameras: readonly string[]): void;
  /** Sends a new picture to all viewers of its camera that are ready for it. */
  show(frame: Frame): void;
  /** Number of cameras that at least one viewer has on the screen. */
  readonly watched: () => number;
  /** Bytes in flight to all viewers. */
  inFlight(): number;
  /** Number of viewers whose connection is too slow for full pictures. */
  readonly thin: () => number;
  /** Attaches another node, or none for the moment; viewers stay connected. */
  moveTo(host: Host | undefined): void;
  close(): void;
}

/** Milliseconds between two checks of all viewers; less if `stall` is small. */
const SWEEP = 1000;
/** Milliseconds between keep-alive messages. The page reconnects when several are missing (page/lib/connection.ts). */
const ALIVE = 3000;
/** Milliseconds without a message after which the viewer's connection ends. */
const SILENT = 30_000;
/** Milliseconds that a viewer has to answer a close. */
const PARTING = 1000;

export function createChannels(encoder: Encoder = createEncoder()): Channels {
  const viewers = new Set<Viewer>();
  const cameraChannels = createCameraChannels<Viewer>();
  const cameraList = createCameraList();
  let host: Host | undefined;
  let timer: NodeJS.Timeout | undefined;
  let aliveAt = 0;

  const sending = (by: Host): Sending => ({ now: by.now(), time: by.time(), interval: by.interval });
  const reducer = createReducer({
    encode: encoder.encode,
    now: () => host?.now() ?? 0,
    onReduced: (frame, as) => hand(frame, as),
    count: (name) => host?.count(name),
  });

  /** The smaller of the class that the connection can drain and the class that fills the screen. */
  const classOf = (viewer: Viewer, camera: string): PictureClass => {
    const { reduce = 'never' } = host ?? {};
    if (reduce === 'never' || !encoder.isThere()) return 0;
    const drained = viewer.save ? Math.max(1, viewer.drain.level()) : viewer.drain.level();
    if (drained === 0 && reduce === 'slow') return 0;
    return Math.max(drained, classFor(viewer.seats.get(camera)?.width)) as PictureClass;
  };
  const newestFor =
    (viewer: Viewer) =>
    (camera: string): Offered => {
      const as = classOf(viewer, camera);
      return { as, frame: as === 0 ? cameraChannels.get(camera)?.newest : reducer.newest(camera, as) };
    };
  /** Offers the picture to all viewers of the camera that get this class. */
  const hand = (frame: Frame, as: PictureClass): void => {
    if (!host) return;
    const now = sending(host);
    let sent = 0;
    let held = 0;
    for (const viewer of cameraChannels.get(frame.camera)?.viewers ?? []) {
      if (classOf(viewer, frame.camera) !== as) continue;
      const outcome = offer(viewer, frame, as, now);
      if (outcome === 'sent') sent++;
      else if (outcome === 'held') held++;
    }
    if (sent > 0) host.count('pictures_sent_total', sent);
    if (held > 0) host.count('pictures_held_total', held);
  };

  const reschedule = (): void => {
    clearInterval(timer);
    timer = undefined;
    if (viewers.size === 0 || !host) return;
    timer = setInterval(sweep, Math.max(20, Math.min(SWEEP, host.stall / 4)));
    timer.unref();
  };

  const stateOf = (camera: string): ReasonedState =>
    host?.state(camera, cameraChannels.get(camera)?.since) ?? { state: 'waiting' };
  const notify = (event: ViewerEvent, to: Iterable<Viewer> = viewers): void => {
    const text = JSON.stringify(event);
    for (const { socket, cameras } of to) socket.send(cameras ? JSON.stringify(only(event, cameras)) : text);
  };
  /** The event without other cameras. */
  const only = (event: ViewerEvent, allowed: ReadonlySet<string>): ViewerEvent => {
    if (event.is === 'cameras') return { ...event, cameras: event.cameras.filter(({ id }) => allowed.has(id)) };
    if (event.is === 'states')
      return { ...event, states: event.states.filter(([n]) => allowed.has(cameraList.idOf(n) ?? '')) };
    return event;
  };
  const introduce = (by: Host, to: Iterable<Viewer> = viewers): void =>
    notify(
      { is: 'cameras', now: by.time(), title: by.title, links: by.links(), cameras: cameraList.cards(stateOf) },
      to,
    );
  const refreshStates = (by: Host): void => {
    const states = cameraList.changes(stateOf);
    if (states.length > 0) notify({ is: 'states', now: by.time(), states });
  };

  const sendQuality = async (by: Host, viewer: Viewer): Promise<void> => {
    const isThere = by.reduce !== 'never' && (await encoder.ready());
    notify({ is: 'quality', now: by.time(), level: viewer.drain.level(), encoder: isThere }, [viewer]);
  };

  const request = (viewer: Viewer, { watch: numbers, widths = [], save = false }: ViewerRequest): void => {
    if (!host) return;
    viewer.save = save;
    const widthOf = new Map(numbers.map((n, index) => [cameraList.idOf(n), widths[index]]));
    const ids = numbers.map((n) => cameraList.idOf(n)).filter((id) => id !== undefined);
    const wanted = new Set(ids.filter((id) => viewer.cameras?.has(id) ?? true));
    for (const camera of [...viewer.watched]) {
      if (wanted.has(camera)) continue;
      unwatch(viewer, camera);
      cameraChannels.leave(camera, viewer);
    }
    for (const camera of wanted) {
      const n = cameraList.numberOf(camera);
      const isWatched = viewer.watched.has(camera);
      if (n === undefined) continue;
      watch(viewer, camera, n);
      const seat = viewer.seats.get(camera);
      if (seat) seat.width = widthOf.get(camera);
      if (!isWatched) begin(host, viewer, camera);
    }
    refreshStates(host);
  };

  /** Sends the newest picture to a viewer that starts to watch a camera. */
  const begin = (by: Host, viewer: Viewer, camera: string): void => {
    const { newest } = cameraChannels.join(camera, viewer);
    const as = classOf(viewer, camera);
    const frame = as === 0 ? newest : reducer.newest(camera, as);
    if (!newest) return;
    if (!frame) reducer.push(newest, as);
    else if (offer(viewer, frame, as, sending(by)) === 'sent') by.count('pictures_sent_total');
  };

  const receive = (viewer: Viewer, data: Buffer, isBinary: boolean): void => {
    viewer.heardAt = host?.now() ?? viewer.heardAt;
    if (!isBinary) {
      const requested = decodeRequest(data.toString('utf8'));
      if (requested) request(viewer, requested);
      else viewer.socket.close(CLOSED.misused, 'this message is invalid');
      return;
    }
    const ack = decodeAck(data);
    const camera = ack && cameraList.idOf(ack.n);
    if (!ack || camera === undefined) {
      viewer.socket.close(CLOSED.misused, 'this message is invalid');
      return;
    }
    const outcome = acknowledge(viewer, camera, ack.seq, viewer.heardAt);
    if (!outcome || !host) return;
    if (outcome === 'level') void sendQuality(host, viewer);
    const sent = pump(viewer, newestFor(viewer), sending(host));
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
    if (isStuck || now.now - viewer.heardAt >= Math.max(by.stall, SILENT)) {
      by.count('viewers_stalled_total');
      viewer.socket.terminate();
      return;
    }
    const sent = pump(viewer, newestFor(viewer), now);
    if (sent > 0) by.count('pictures_sent_total', sent);
  };

  const isShown = (camera: string, as: PictureClass): boolean =>
    [...(cameraChannels.get(camera)?.viewers ?? [])].some((viewer) => classOf(viewer, camera) === as);

  const sweep = (): void => {
    if (!host) return;
    const now = sending(host);
    for (const viewer of [...viewers]) rescheduleViewer(host, viewer, now);
    if (cameraList.refresh(host.cameras())) introduce(host);
    else refreshStates(host);
    if (reducer.size() > 0) {
      reducer.sweep();
      reducer.keepOnly((camera, as) => isShown(camera, as));
    }
    if (now.now - aliveAt < ALIVE) return;
    aliveAt = now.now;
    notify({ is: 'alive', now: now.time });
    for (const viewer of viewers) ping(viewer, now.now);
  };

  return {
    size: () => viewers.size,
    watched: () => cameraChannels.size,
    watching: (camera) => cameraChannels.get(camera)?.viewers.size ?? 0,
    admit(socket, connection, cameras) {
      if (!host) {
        socket.close(CLOSED.leaving);
        return;
      }
      if (cameraList.refresh(host.cameras())) introduce(host);
      else refreshStates(host);
      const viewer = createViewer(socket, connection, host.now(), cameras);
      viewers.add(viewer);
      if (viewers.size === 1) reschedule();
      socket.on('message', (data, isBinary) => receive(viewer, data as Buffer, isBinary));
      socket.on('pong', () => pongReceived(viewer, host?.now() ?? viewer.heardAt));
      socket.on('close', () => leave(viewer));
      introduce(host, [viewer]);
      ping(viewer, host.now());
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
      const classes = new Set<PictureClass>();
      for (const viewer of cameraChannel.viewers) classes.add(classOf(viewer, frame.camera));
      for (const as of classes) {
        if (as === 0) hand(frame, 0);
        else reducer.push(frame, as);
      }
      if (cameraList.sentState(frame.camera) !== 'live') refreshStates(host);
    },
    inFlight() {
      let bytes = 0;
      for (const { window } of viewers) bytes += window.inFlight();
      return bytes;
    },
    thin() {
      let count = 0;
      for (const { drain } of viewers) if (drain.level() > 0) count++;
      return count;
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
