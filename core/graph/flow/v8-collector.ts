// V8's garbage collector, by the only ways in which it can be asked and told from inside.

import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface Collector {
  /** Collects what is young. */
  young(): void;
  /** Collects everything, soon. */
  all(): void;
  /** The heap may grow by so many per cent before all of it is looked at. */
  growth(percent: number): void;
  /** Bytes of the heap. */
  heap(): number;
  /** Bytes of all array buffers, those in shared memory included. */
  outside(): number;
}

/** Does nothing where V8 offers no collection. */
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
  // V8 puts what has often outlived a collection among the old objects from the start. While viewers come, the little objects that hold
  // newest pictures do; later each of them would keep its picture, long replaced, until everything is looked at. The flag is not set
  // earlier, since V8 refuses all cached code, that of Node's own modules included, under other flags than those it was compiled under.
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
