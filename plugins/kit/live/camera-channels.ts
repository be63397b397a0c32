// The viewers of each camera, its newest frame, and the demand that is held while it has viewers.

import type { Frame } from '../../../core/contract/frame.ts';
import type { Release } from '../../../core/contract/ports.ts';

/** The node that serves the viewers; a reload may replace it. */
export interface ChannelHost {
  /** Monotonic milliseconds. */
  now(): number;
  /** The newest frame of a camera, for a viewer that joins before the next one. */
  newest(camera: string): Frame | undefined;
  want(camera: string): Release;
}

export interface CameraChannel<Viewer> {
  readonly viewers: ReadonlySet<Viewer>;
  readonly newest: Frame | undefined;
  /** Monotonic time at which the first viewer joined. */
  readonly since: number;
}

export interface CameraChannels<Viewer> {
  /** Number of cameras with viewers. */
  readonly size: number;
  get(camera: string): CameraChannel<Viewer> | undefined;
  all(): Iterable<CameraChannel<Viewer>>;
  join(camera: string, viewer: Viewer): CameraChannel<Viewer>;
  /** False when it was not a viewer of this camera. */
  leave(camera: string, viewer: Viewer): boolean;
  /** Stores a new frame and returns its channel; undefined when the camera has no viewers, or a newer frame is stored. */
  accept(frame: Frame): CameraChannel<Viewer> | undefined;
  /** Moves the viewers to another node, or to none for the moment. Demand is handed over without a gap. */
  moveTo(host: ChannelHost | undefined): void;
}

interface OpenChannel<Viewer> {
  readonly viewers: Set<Viewer>;
  readonly since: number;
  newest: Frame | undefined;
  release: Release;
}

export function createCameraChannels<Viewer>(): CameraChannels<Viewer> {
  const channels = new Map<string, OpenChannel<Viewer>>();
  let host: ChannelHost | undefined;

  const open = (camera: string): OpenChannel<Viewer> => {
    const channel: OpenChannel<Viewer> = {
      viewers: new Set(),
      since: host?.now() ?? 0,
      newest: host?.newest(camera),
      release: nothing,
    };
    // Stored before frames are demanded: the first one may arrive at once.
    channels.set(camera, channel);
    channel.release = host?.want(camera) ?? nothing;
    return channel;
  };
  return {
    get size() {
      return channels.size;
    },
    get: (camera) => channels.get(camera),
    all: () => channels.values(),
    join(camera, viewer) {
      const channel = channels.get(camera) ?? open(camera);
      channel.viewers.add(viewer);
      return channel;
    },
    leave(camera, viewer) {
      const channel = channels.get(camera);
      if (!channel?.viewers.delete(viewer)) return false;
      if (channel.viewers.size > 0) return true;
      channels.delete(camera);
      channel.release();
      return true;
    },
    accept(frame) {
      const channel = channels.get(frame.camera);
      if (!channel || !host || isStale(channel, frame)) return undefined;
      channel.newest = frame;
      return channel;
    },
    moveTo(next) {
      host = next;
      for (const [camera, channel] of channels) {
        const before = channel.release;
        channel.release = next?.want(camera) ?? nothing;
        before();
        const newest = next?.newest(camera);
        if (newest && !isStale(channel, newest)) channel.newest = newest;
      }
    },
  };
}

const isStale = ({ newest }: CameraChannel<unknown>, frame: Frame): boolean =>
  newest !== undefined && frame.seq <= newest.seq;

const nothing = (): void => {};
