// Decides when a camera counts as offline and when as back, so that an unstable camera is not reported each time. Pure.

export type CameraEvent = {
  readonly camera: string;
  readonly is: 'offline' | 'online';
  /** Milliseconds since the epoch: of the camera's last picture before the silence, or of the start when there was none. */
  readonly since: number;
};

export interface Silence {
  /** `now`: monotonic milliseconds; `time`: milliseconds since the epoch. */
  picture(camera: string, now: number, time: number): void;
  /** The changes since the last call. `cameras`: all cameras that should send. */
  check(cameras: readonly string[], limits: SilenceLimits, now: number, time: number): readonly CameraEvent[];
  forget(camera: string): void;
  /** Cameras that are offline, with `since`. */
  offline(): ReadonlyMap<string, number>;
}

export interface SilenceLimits {
  /** Milliseconds without a picture until a camera is offline. */
  readonly after: number;
  /** Milliseconds over which an offline camera must send again until it is back. */
  readonly backAfter: number;
  /** Maximum cameras to watch. */
  readonly most: number;
}

interface Watched {
  /** Monotonic time of the last picture; of the first check when there was none. */
  last: number;
  since: number;
  offline: boolean;
  /** Monotonic time since which it has sent without a gap. */
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
      const entry = watched.get(camera);
      if (!entry) {
        watched.set(camera, { last: now, since: time, offline: false, steady: undefined });
        return;
      }
      entry.last = now;
      if (entry.offline) entry.steady ??= now;
      else entry.since = time;
    },
    check(cameras, { after, backAfter, most }, now, time) {
      for (const camera of cameras) {
        if (watched.has(camera) || watched.size >= most) continue;
        watched.set(camera, { last: now, since: time, offline: false, steady: undefined });
      }
      const events: CameraEvent[] = [];
      for (const [camera, entry] of watched) {
        const silent = now - entry.last >= after;
        if (!entry.offline && silent) {
          entry.offline = true;
          entry.steady = undefined;
          events.push({ camera, is: 'offline', since: entry.since });
        } else if (entry.offline && silent) entry.steady = undefined;
        else if (entry.offline && entry.steady !== undefined && entry.last - entry.steady >= backAfter) {
          entry.offline = false;
          events.push({ camera, is: 'online', since: entry.since });
          entry.since = time;
        }
      }
      return events;
    },
    forget: (camera) => void watched.delete(camera),
    offline: () =>
      new Map([...watched].filter(([, { offline }]) => offline).map(([camera, { since }]) => [camera, since])),
  };
}
