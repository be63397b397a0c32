// A keyed queue: jobs of one key run in order, jobs of different keys in parallel; both are bounded.

export interface KeyedQueue {
  /** Runs `job` after all earlier ones of its key, once a place is free. Undefined when the queue is full. */
  run<T>(key: string, job: () => Promise<T>): Promise<T> | undefined;
  /** Number of jobs that were accepted and have not begun. */
  waiting(): number;
  /** Resolves when no job runs or waits. */
  idle(): Promise<void>;
}

export interface KeyedQueueLimits {
  /** Maximum jobs at the same time. */
  readonly parallel: number;
  /** Maximum waiting jobs. */
  readonly waiting: number;
}

export function createKeyedQueue(limits: KeyedQueueLimits): KeyedQueue {
  const queues = new Map<string, (() => Promise<void>)[]>();
  const busy = new Set<string>();
  // Keys with waiting jobs and no running one, first come, first served: no key starves another.
  const ready: string[] = [];
  let waiting = 0;
  let idleWaiters: (() => void)[] = [];

  const pump = (): void => {
    while (busy.size < limits.parallel) {
      const queue = ready.shift();
      if (queue === undefined) break;
      const job = queues.get(queue)?.shift();
      if (!job) continue;
      waiting--;
      busy.add(queue);
      void job().finally(() => {
        busy.delete(queue);
        if ((queues.get(queue)?.length ?? 0) > 0) ready.push(queue);
        else queues.delete(queue);
        pump();
      });
    }
    if (busy.size === 0 && waiting === 0) {
      const done = idleWaiters;
      idleWaiters = [];
      for (const resolve of done) resolve();
    }
  };

  return {
    run<T>(key: string, job: () => Promise<T>): Promise<T> | undefined {
      if (busy.size >= limits.parallel && waiting >= limits.waiting) return undefined;
      if (busy.has(key) && waiting >= limits.waiting) return undefined;
      return new Promise<T>((resolve, reject) => {
        const queue = queues.get(key) ?? [];
        queues.set(key, queue);
        queue.push(() => job().then(resolve, reject));
        waiting++;
        if (queue.length === 1 && !busy.has(key)) ready.push(key);
        pump();
      });
    },
    waiting: () => waiting,
    idle: () =>
      busy.size === 0 && waiting === 0 ? Promise.resolve() : new Promise((resolve) => idleWaiters.push(resolve)),
  };
}
