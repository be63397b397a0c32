// Decides when a camera counts as offline and when as back, so that one that comes and goes is not reported each time. Pure.

export type CameraEvent = {
  readonly camera: string;
  readonly is: 'offline' | 'online';
  /** Milliseconds since the epoch: of the camera's last picture before the silence, or of the start when there was none. */
  readonly since: number;
};

export interface Silence {
  /** `now`: monotonic milliseconds; `time`: milliseconds since the epoch. */
  picture(camera: string, now: number, time: number): void;
  /** The changes since the last call. `cameras`: those that should send. */
  look(cameras: readonly string[], limits: SilenceLimits, now: number, time: number): readonly CameraEvent[];
  forget(camera: string): void;
  /** Cameras that are offline, with `since`. */
  offline(): ReadonlyMap<string, number>;
}

export interface SilenceLimits {
  /** Milliseconds without a picture until a camera is offline. */
  readonly after: number;
  /** Milliseconds over which an offline camera must send again until it is back. */
  readonly backAfter: number;
  /** Cameras to watch; further ones are not. */
  readonly most: number;
}

interface Watched {
  /** Monotonic time of the last picture; of the first look when there was none. */
  last: number;
  since: number;
  offline: boolean;
  /** Monotonic time from which it has sent without a gap. */
  steady: number | undefined;
}

/** `known`: cameras that were offline already, before a restart. */
export function createSilence(known: ReadonlyMap<string, number> = new Map()): Silence {
  const watched = new Map<string, Watched>();
  for (const [camera, since] of known) {
    watched.set(camera, { last: Number.NEGATIVE_INFINITY, since, offline: true, steady: undefined });
  }
  return {
    picture(camera, now, time) {
      const one = watched.get(camera);
      if (!one) {
        watched.set(camera, { last: now, since: time, offline: false, steady: undefined });
        return;
      }
      one.last = now;
      if (one.offline) one.steady ??= now;
      else one.since = time;
    },
    look(cameras, { after, backAfter, most }, now, time) {
      for (const camera of cameras) {
        if (watched.has(camera) || watched.size >= most) continue;
        watched.set(camera, { last: now, since: time, offline: false, steady: undefined });
      }
      const events: CameraEvent[] = [];
      for (const [camera, one] of watched) {
        const silent = now - one.last >= after;
        if (!one.offline && silent) {
          one.offline = true;
          one.steady = undefined;
          events.push({ camera, is: 'offline', since: one.since });
        } else if (one.offline && silent) one.steady = undefined;
        else if (one.offline && one.steady !== undefined && one.last - one.steady >= backAfter) {
          one.offline = false;
          events.push({ camera, is: 'online', since: one.since });
          one.since = time;
        }
      }
      return events;
    },
    forget: (camera) => void watched.delete(camera),
    offline: () =>
      new Map([...watched].filter(([, { offline }]) => offline).map(([camera, { since }]) => [camera, since])),
  };
}
