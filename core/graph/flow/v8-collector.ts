// V8's garbage collector: the controls and figures that are available from inside the process.

import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface Collector {
  /** Collects the young generation. */
  young(): void;
  /** Starts a collection of the whole heap, asynchronously. */
  all(): void;
  /** Sets by how many per cent the heap may grow before V8 collects all of it. */
  growth(percent: number): void;
  /** Bytes of the heap. */
  heap(): number;
  /** Bytes of all array buffers, those in shared memory included. */
  outside(): number;
}

/** Has no effect if V8 offers no collection. */
export function v8Collector(): Collector {
  let gc: unknown;
  let pretenures = true;
  const run = (options: object): void => {
    if (gc === undefined) {
      setFlagsFromString('--expose-gc');
      gc = runInNewContext('globalThis.gc') ?? null;
      setFlagsFromString('--no-expose-gc');
    }
    if (typeof gc === 'function') gc(options);
  };
  // V8 allocates objects from sites that often survive collections directly in the old generation. While viewers join, this affects the
  // small objects that hold newest pictures; later each of them would keep its picture, long replaced, until a full collection. The flag
  // is not set at start, since V8 rejects all cached code, that of Node's own modules included, that was compiled under other flags.
  const dontPretenure = (): void => {
    if (pretenures) setFlagsFromString('--no-allocation-site-pretenuring');
    pretenures = false;
  };
  return {
    young() {
      dontPretenure();
      run({ type: 'minor' });
    },
    all: () => run({ type: 'major', execution: 'async' }),
    growth: (percent) => setFlagsFromString(`--heap-growing-percent=${percent}`),
    heap: () => getHeapStatistics().used_heap_size,
    outside: () => process.memoryUsage().arrayBuffers,
  };
}
