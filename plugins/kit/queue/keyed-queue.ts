// Work in lanes: in order within a lane, side by side across lanes, bounded in both. Knows nothing of what the work is.

export interface Lanes {
  /** Runs `job` after all earlier ones of its lane, once a slot is free. Undefined when no more may wait. */
  run<T>(lane: string, job: () => Promise<T>): Promise<T> | undefined;
  /** Jobs that have been taken and not yet begun. */
  waiting(): number;
  /** Resolves when nothing runs or waits. */
  idle(): Promise<void>;
}

export interface LaneLimits {
  /** Jobs at the same time. */
  readonly parallel: number;
  /** Jobs that may wait. */
  readonly waiting: number;
}

export function createLanes(limits: LaneLimits): Lanes {
  const lanes = new Map<string, (() => Promise<void>)[]>();
  const busy = new Set<string>();
  // Lanes with work and no job under way, in the order in which they became so: no lane starves another.
  const ready: string[] = [];
  let waiting = 0;
  let resting: (() => void)[] = [];

  const pump = (): void => {
    while (busy.size < limits.parallel) {
      const lane = ready.shift();
      if (lane === undefined) break;
      const job = lanes.get(lane)?.shift();
      if (!job) continue;
      waiting--;
      busy.add(lane);
      void job().finally(() => {
        busy.delete(lane);
        if ((lanes.get(lane)?.length ?? 0) > 0) ready.push(lane);
        else lanes.delete(lane);
        pump();
      });
    }
    if (busy.size === 0 && waiting === 0) {
      const done = resting;
      resting = [];
      for (const resolve of done) resolve();
    }
  };

  return {
    run<T>(lane: string, job: () => Promise<T>): Promise<T> | undefined {
      if (busy.size >= limits.parallel && waiting >= limits.waiting) return undefined;
      if (busy.has(lane) && waiting >= limits.waiting) return undefined;
      return new Promise<T>((resolve, reject) => {
        const queue = lanes.get(lane) ?? [];
        lanes.set(lane, queue);
        queue.push(() => job().then(resolve, reject));
        waiting++;
        if (queue.length === 1 && !busy.has(lane)) ready.push(lane);
        pump();
      });
    },
    waiting: () => waiting,
    idle: () =>
      busy.size === 0 && waiting === 0 ? Promise.resolve() : new Promise((resolve) => resting.push(resolve)),
  };
}
