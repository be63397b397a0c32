// All viewers of one stream route: sends each its frames, and disconnects stalled ones.

import type { Socket } from 'node:net';
import type { Frame } from '../../../core/contract/frame.ts';
import { type CameraChannel, type CameraChannels, type ChannelHost, createCameraChannels } from './camera-channels.ts';
import { partOf } from './part.ts';
import { isBusy, miss, sendTo, takesTurn, type Viewer } from './stream-viewer.ts';

/** The node that serves the viewers; a reload may replace it. */
export interface Host extends ChannelHost {
  /** The camera that this URL shows now; undefined when it is not known. */
  shows(urlKey: string): string | undefined;
  count(name: string, by?: number): void;
  /** Milliseconds after which a viewer that receives no data is disconnected. */
  readonly stall: number;
  /** Milliseconds without a new frame after which the last one is sent again. */
  readonly repeat: number;
}

export interface Lag {
  /** Viewers whose connection is slower than the frames of the camera. */
  readonly viewers: number;
  /** Milliseconds that the slowest of them has spent on its frame so far. */
  readonly worst: number;
}

export interface Channels {
  readonly size: () => number;
  /** Viewers of one camera. */
  watching(camera: string): number;
  /**
   * Makes a socket, whose response head has been written, a viewer until it closes. `interval`: least milliseconds between frames.
   * `urlKey`: identifies a URL that names no camera.
   */
  admit(socket: Socket, camera: string, interval: number, urlKey?: string): void;
  /** Disconnects the viewers of these cameras, which no longer exist. */
  leave(cameras: readonly string[]): void;
  /** Sends a new frame to all viewers that are not busy. */
  show(frame: Frame): void;
  /** Sends due frames and disconnects stalled viewers. Runs by itself on one timer for all viewers. */
  sweep(): void;
  lag(): Lag;
  /** Moves the viewers to another node, or to none for the moment, without an interruption. */
  moveTo(host: Host | undefined): void;
  close(): void;
}

/** Milliseconds between two sweeps; less if `stall` or `repeat` are small. */
const SWEEP = 1000;

export function createChannels(): Channels {
  const cameraChannels = createCameraChannels<Viewer>();
  /**
   * The part for the newest frame of each camera, once it has been built. A weak map of frames would keep each of them through one
   * young-generation GC, so that it becomes old and only a full GC frees it.
   */
  const parts = new Map<string, { readonly frame: Frame; readonly part: Buffer }>();
  /** `urlKey` → the camera that this URL shows. */
  const shown = new Map<string, string>();
  let host: Host | undefined;
  let size = 0;
  let timer: NodeJS.Timeout | undefined;

  const reschedule = (): void => {
    clearInterval(timer);
    timer = undefined;
    if (size === 0 || !host) return;
    timer = setInterval(sweep, Math.max(20, Math.min(SWEEP, host.stall / 4, host.repeat / 4)));
    timer.unref();
  };

  const built = (frame: Frame): Buffer => {
    const known = parts.get(frame.camera);
    if (known?.frame === frame) return known.part;
    const part = partOf(frame);
    parts.set(frame.camera, { frame, part });
    return part;
  };
  const leave = (viewer: Viewer): void => {
    if (!cameraChannels.leave(viewer.camera, viewer)) return;
    if (!cameraChannels.get(viewer.camera)) parts.delete(viewer.camera);
    size--;
    if (size === 0) reschedule();
  };

  const offer = (cameraChannel: CameraChannel<Viewer>, viewer: Viewer, now: number): void => {
    const frame = cameraChannel.newest;
    if (!host || !frame || frame.seq <= viewer.sent || isBusy(viewer) || !takesTurn(viewer, now)) return;
    sendTo(viewer, frame, now, built(frame));
    host.count('frames_sent_total');
  };

  const sendMissed = (viewer: Viewer): void => {
    // Newer frames arrived while this one was in flight: the newest of them is sent at once.
    viewer.missed = false;
    const cameraChannel = cameraChannels.get(viewer.camera);
    if (cameraChannel && host) offer(cameraChannel, viewer, host.now());
  };

  const checkViewer = (host: Host, cameraChannel: CameraChannel<Viewer>, viewer: Viewer, now: number): void => {
    const waited = now - viewer.sentAt;
    if (isBusy(viewer)) {
      if (waited < host.stall) return;
      host.count('viewers_stalled_total');
      viewer.socket.destroy();
    } else if (cameraChannel.newest && cameraChannel.newest.seq > viewer.sent) {
      offer(cameraChannel, viewer, now);
    } else if (cameraChannel.newest && waited >= host.repeat) {
      sendTo(viewer, cameraChannel.newest, now, built(cameraChannel.newest));
      host.count('frames_repeated_total');
    }
  };

  const sweep = (): void => {
    if (!host) return;
    const now = host.now();
    for (const cameraChannel of cameraChannels.all())
      for (const viewer of cameraChannel.viewers) checkViewer(host, cameraChannel, viewer, now);
  };

  /** One URL shows one camera: disconnects viewers of this URL that see another one. */
  const endOthers = (urlKey: string, camera: string): void => {
    if (shown.get(urlKey) === camera) return;
    shown.set(urlKey, camera);
    for (const cameraChannel of cameraChannels.all()) {
      for (const viewer of [...cameraChannel.viewers]) {
        if (viewer.urlKey === urlKey && viewer.camera !== camera) endViewer(viewer);
      }
    }
  };
  const updateShown = (by: Host): void => {
    for (const urlKey of [...shown.keys()]) {
      const camera = by.shows(urlKey);
      if (camera !== undefined) endOthers(urlKey, camera);
    }
  };

  return {
    size: () => size,
    admit(socket, camera, interval, urlKey) {
      if (urlKey !== undefined) endOthers(urlKey, camera);
      const now = host?.now() ?? 0;
      const viewer: Viewer = {
        camera,
        urlKey,
        socket,
        interval,
        dueAt: now,
        sent: -1,
        sentAt: now,
        missed: false,
        onTaken: () => sendMissed(viewer),
      };
      const cameraChannel = cameraChannels.join(camera, viewer);
      size++;
      if (size === 1) reschedule();
      socket.once('close', () => leave(viewer));
      if (socket.destroyed) return leave(viewer);
      if (!host || !cameraChannel.newest || !takesTurn(viewer, now)) return;
      sendTo(viewer, cameraChannel.newest, now, built(cameraChannel.newest));
      host.count('frames_sent_total');
    },
    leave(cameras) {
      for (const camera of cameras) {
        for (const viewer of [...(cameraChannels.get(camera)?.viewers ?? [])]) endViewer(viewer);
      }
      if (host) updateShown(host);
    },
    show(frame) {
      const cameraChannel = cameraChannels.accept(frame);
      if (!cameraChannel || !host) return;
      const now = host.now();
      const part = built(frame);
      let sent = 0;
      let skipped = 0;
      for (const viewer of cameraChannel.viewers) {
        if (isBusy(viewer)) {
          miss(viewer);
          skipped++;
        } else if (takesTurn(viewer, now)) {
          sendTo(viewer, frame, now, part);
          sent++;
        }
      }
      if (sent > 0) host.count('frames_sent_total', sent);
      if (skipped > 0) host.count('viewer_frames_skipped_total', skipped);
    },
    sweep,
    lag() {
      const now = host?.now() ?? 0;
      let viewers = 0;
      let worst = 0;
      for (const cameraChannel of cameraChannels.all()) {
        for (const viewer of cameraChannel.viewers) {
          if (!viewer.missed || !isBusy(viewer)) continue;
          viewers++;
          worst = Math.max(worst, now - viewer.sentAt);
        }
      }
      return { viewers, worst };
    },
    watching: (camera) => cameraChannels.get(camera)?.viewers.size ?? 0,
    moveTo(next) {
      host = next;
      cameraChannels.moveTo(next);
      if (next) updateShown(next);
      reschedule();
      sweep();
    },
    close() {
      closeAll(cameraChannels);
      clearInterval(timer);
      timer = undefined;
    },
  };
}

function closeAll(cameraChannels: CameraChannels<Viewer>): void {
  for (const { viewers } of cameraChannels.all()) for (const viewer of [...viewers]) endViewer(viewer);
}

/** An idle viewer gets a clean end, which a stalled one would never receive. */
function endViewer(viewer: Viewer): void {
  if (isBusy(viewer)) viewer.socket.destroy();
  else viewer.socket.destroySoon();
}
