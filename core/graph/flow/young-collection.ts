// Triggers a young-generation garbage collection so that released frames free their memory soon.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Bytes of new frames between two sweeps. Pictures lie outside of the heap, so that it fills slowly: left to itself, V8 marks all of
 * it every 8 MB of them, which costs some 20 ms, where a look at what is young costs less than one.
 */
export const COLLECT_BYTES = 4 * 1024 * 1024;

/**
 * Per cent of its size by which the heap may grow, with the pictures beside it, before V8 looks at all of it. A picture that stays the
 * newest for longer than a sweep, as with many slow cameras, is given back only then; V8's own choice of 8 MB makes a thousand
 * cameras look at 50 MB of heap seven times a second.
 */
const GROWTH_PERCENT = 100;

export interface YoungCollection {
  /** So many bytes of a new frame have come. */
  note(bytes: number): void;
}

/** `collect` runs between two turns of the event loop, never while a frame is handed on. */
export function createYoungCollection(
  collect = minorCollection(),
  later: (work: () => void) => void = setImmediate,
): YoungCollection {
  let since = 0;
  let due = false;
  const run = (): void => {
    since = 0;
    due = false;
    collect();
  };
  return {
    note(bytes) {
      since += bytes;
      if (since < COLLECT_BYTES || due) return;
      due = true;
      later(run);
    },
  };
}

/** V8's collection of young objects, by the only way in which it can be asked for from inside; nothing where there is none. */
function minorCollection(): () => void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
  let gc: unknown;
  return () => {
    if (gc === undefined) {
      setFlagsFromString('--expose-gc');
      gc = runInNewContext('globalThis.gc') ?? null;
      setFlagsFromString('--no-expose-gc');
    }
    if (typeof gc === 'function') gc({ type: 'minor' });
  };
}
