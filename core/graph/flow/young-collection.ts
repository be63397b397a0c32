// Triggers garbage collections so that released frames free their memory soon and cheaply.

import { useSharedMemory } from '../../base/picture-memory.ts';
import { createNewestBytes } from './newest-bytes.ts';
import { type Collector, v8Collector } from './v8-collector.ts';

/**
 * Fewest bytes of new frames between two collections. Pictures lie outside of the heap, so that it fills slowly: without this, V8 marks
 * the whole heap every 8 MB of pictures, which takes some 20 ms; a young-generation collection takes less than 1 ms.
 */
export const COLLECT_BYTES = 4 * 2 ** 20;
/** Bytes of counted pictures at which V8 (11 to 13) collects the young generation by itself: twice its largest semi-space. */
export const YOUNG_BYTES = 32 * 2 ** 20;
/**
 * Above this many bytes of newest frames, new pictures are put into shared memory. In counted memory, V8 collects the young generation by
 * itself when the pictures being read, held and released add up to YOUNG_BYTES, and a picture that survives two collections becomes old.
 */
export const SHARE_ABOVE = 5 * 2 ** 20;
/** Below this many bytes of newest frames, new pictures are put into counted memory again. */
export const SHARE_UNTIL = 3 * 2 ** 20;
/** Most bytes of new frames between two collections, unless the profile says otherwise. */
export const DEFAULT_CEILING = 256 * 2 ** 20;
/** Bytes that may accumulate in shared memory before the whole heap is collected. */
export const PILE_BYTES = 12 * 2 ** 20;
/**
 * Growth in fewer steps of STEP_BYTES than this comes from new viewers: V8 then collects by itself, and all newest pictures become old at
 * once. A longer interval does not help in that case.
 */
export const PILE_STEPS = 4;
const STEP_BYTES = PILE_BYTES / 16;
/** Intervals of new frames after which a collection does not wait for the turn to end: a starved process reads many frames at once. */
export const OVERDUE = 2;
/** The shortest interval, in rounds of newest frames: a quarter more than one, since cameras do not send in turn. */
const LEAST_ROUNDS = 1.25;
/** The longest interval: pictures that arrive slowly stay in use for up to two rounds. */
export const MOST_ROUNDS = 2.5;
/** Factor by which accumulated bytes stretch the interval; after SHRINK_AFTER collections without any, it shrinks by the same factor. */
const STRETCH = 1.25;
const SHRINK_AFTER = 256;
/** Bytes of a buffer per byte of its picture: buffers are allocated somewhat larger. */
const ROOM = 9 / 8;
/**
 * Per cent by which the heap, counted pictures included, may grow before V8 collects all of it: at least this, and enough for
 * GROWTH_INTERVALS intervals, so that pictures that come and go between two collections do not trigger a full one.
 */
const LEAST_GROWTH_PERCENT = 100;
const GROWTH_INTERVALS = 4;

export interface YoungCollection {
  /** Returns the function to call for each new frame of a node. The frame counts as its camera's newest until the next one. */
  of(node: string): (camera: string, bytes: number) => void;
  /** Sets the most bytes between two collections. */
  limit(bytes: number): void;
  /** Collects the garbage of the start and returns its memory to the system. Call it when the process has been idle for a while. */
  settle(): void;
  /** Current bytes between two collections. */
  readonly interval: number;
}

/**
 * The interval follows the bytes held as newest frames. A picture that survives two collections becomes old, and only a full collection
 * frees it: so no two collections may run while a picture is the newest one of its camera. V8 collects by itself at YOUNG_BYTES of
 * counted pictures; if the newest frames do not fit into that twice, they lie in shared memory, which V8 does not count.
 * A collection runs between two turns of the event loop and not during the delivery of a frame, unless it is OVERDUE.
 */
export function createYoungCollection(
  collector: Collector = v8Collector(),
  later: (work: () => void) => void = setImmediate,
): YoungCollection {
  const newest = createNewestBytes();
  let since = 0;
  let due = false;
  let ceiling = DEFAULT_CEILING;
  let interval = COLLECT_BYTES;
  let percent = 0;
  let shared = false;
  let rounds = LEAST_ROUNDS;
  let collections = 0;
  /** Fewest unexpected bytes since the last full collection: slow viewers hold older frames. */
  let rest = Number.POSITIVE_INFINITY;
  /** Unexpected bytes at the last step of growth, and the number of steps. */
  let step = 0;
  let steps = 0;
  /** Collections until the full collection has taken effect. */
  let pending = 0;

  const share = (use: boolean): void => {
    if (use === shared) return;
    shared = use;
    rest = Number.POSITIVE_INFINITY;
    useSharedMemory(use);
  };
  const adapt = (): void => {
    const { held } = newest;
    share(held * LEAST_ROUNDS <= ceiling && held > (shared ? SHARE_UNTIL : SHARE_ABOVE));
    const most = shared ? ceiling : Math.min(ceiling, Math.max(YOUNG_BYTES - held, YOUNG_BYTES / 2));
    interval = Math.max(COLLECT_BYTES, Math.min(held * rounds, most));
    const needed = shared ? 0 : (GROWTH_INTERVALS * interval) / Math.max(1, collector.heap());
    const next = Math.max(LEAST_GROWTH_PERCENT, 100 * Math.ceil(needed));
    if (next !== percent) collector.growth(next);
    percent = next;
  };
  /**
   * Checks for pictures that became old in shared memory, whose size V8 does not see. For each newest picture, allows for a second one that
   * is arriving. If the excess grows steadily, the interval was too short: later intervals are longer.
   */
  const checkPile = (): void => {
    const beyond = Math.max(0, collector.outside() - (2 * newest.held + since) * ROOM);
    if (pending > 0) {
      pending--;
      return;
    }
    if (beyond < rest) {
      rest = beyond;
      step = beyond;
      steps = 0;
    } else if (beyond > step + STEP_BYTES) {
      step = beyond;
      steps++;
    }
    if (beyond < rest + Math.max(PILE_BYTES, newest.held / 2)) return;
    rest = Number.POSITIVE_INFINITY;
    pending = 2;
    collector.all();
    if (steps < PILE_STEPS) return;
    rounds = Math.min(MOST_ROUNDS, rounds * STRETCH);
    collections = 0;
  };
  const run = (): void => {
    if (!due) return;
    if (shared) checkPile();
    if (++collections % SHRINK_AFTER === 0) rounds = Math.max(LEAST_ROUNDS, rounds / STRETCH);
    since = 0;
    due = false;
    collector.young();
    newest.turn();
    adapt();
  };
  return {
    of(node) {
      const note = newest.of(node);
      return (camera, bytes) => {
        note(camera, bytes);
        since += bytes;
        if (since < interval) return;
        if (since >= OVERDUE * interval) {
          due = true;
          return run();
        }
        if (due) return;
        due = true;
        later(run);
      };
    },
    limit(bytes) {
      ceiling = bytes;
    },
    settle: () => collector.all(),
    get interval() {
      return interval;
    },
  };
}
