// All viewers of one stream route: who gets which frame and when, and who is disconnected.

import type { Socket } from 'node:net';
import type { Frame } from '../../../core/contract/frame.ts';
import { type CameraChannel, type CameraChannels, type ChannelHost, createCameraChannels } from './camera-channels.ts';
import { partOf } from './part.ts';
import { isBusy, miss, sendTo, takesTurn, type Viewer } from './stream-viewer.ts';

/** What an audience needs of the node that runs it; replaced when a reload replaces the node. */
export interface Host extends ChannelHost {
  /** The camera that is shown now to those who ask in this way; undefined when it is not known. */
  shows(asked: string): string | undefined;
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

export interface Channels {
  readonly size: () => number;
  /** Viewers of one camera. */
  watching(camera: string): number;
  /** Makes a socket, whose response head has been written, a viewer until it closes. `interval`: least ms between frames. */
  admit(socket: Socket, camera: string, interval: number, asked?: string): void;
  /** These cameras are gone: their viewers get an end. */
  leave(cameras: readonly string[]): void;
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

export function createChannels(): Channels {
  const cameraChannels = createCameraChannels<Viewer>();
  /**
   * What is sent of the newest frame of each camera, once it has been built. A weak map of frames would keep each of them through one
   * collection of what is young, so that it becomes old and only a collection of everything frees it.
   */
  const parts = new Map<string, { readonly frame: Frame; readonly part: Buffer }>();
  /** What was asked → the camera that is shown for it, where the URL does not name the camera. */
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

  const taken = (viewer: Viewer): void => {
    // Newer frames came while this one was on its way: the newest of them goes out at once.
    viewer.missed = false;
    const cameraChannel = cameraChannels.get(viewer.camera);
    if (cameraChannel && host) offer(cameraChannel, viewer, host.now());
  };

  const rescheduleViewer = (host: Host, cameraChannel: CameraChannel<Viewer>, viewer: Viewer, now: number): void => {
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
      for (const viewer of cameraChannel.viewers) rescheduleViewer(host, cameraChannel, viewer, now);
  };

  /** One URL shows one camera: viewers who asked in this way and see another one get an end. */
  const endOthers = (asked: string, camera: string): void => {
    if (shown.get(asked) === camera) return;
    shown.set(asked, camera);
    for (const cameraChannel of cameraChannels.all()) {
      for (const viewer of [...cameraChannel.viewers]) {
        if (viewer.asked === asked && viewer.camera !== camera) endViewer(viewer);
      }
    }
  };
  const lookAgain = (by: Host): void => {
    for (const asked of [...shown.keys()]) {
      const camera = by.shows(asked);
      if (camera !== undefined) endOthers(asked, camera);
    }
  };

  return {
    size: () => size,
    admit(socket, camera, interval, asked) {
      if (asked !== undefined) endOthers(asked, camera);
      const now = host?.now() ?? 0;
      const viewer: Viewer = {
        camera,
        asked,
        socket,
        interval,
        dueAt: now,
        sent: -1,
        sentAt: now,
        missed: false,
        onTaken: () => taken(viewer),
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
      if (host) lookAgain(host);
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
      if (next) lookAgain(next);
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

/** An idle viewer gets a clean end; one that is stuck would never take it. */
function endViewer(viewer: Viewer): void {
  if (isBusy(viewer)) viewer.socket.destroy();
  else viewer.socket.destroySoon();
}
