// Triggers garbage collections so that released frames free their memory soon and cheaply.

import { useSharedMemory } from '../../base/picture-memory.ts';
import { createNewestBytes } from './newest-bytes.ts';
import { type Collector, v8Collector } from './v8-collector.ts';

/**
 * Fewest bytes of new frames between two collections. Pictures lie outside of the heap, so that it fills slowly: left to itself, V8
 * marks all of it every 8 MB of them, which costs some 20 ms, where a look at what is young costs less than one.
 */
export const COLLECT_BYTES = 4 * 2 ** 20;
/** Bytes of counted pictures at which V8 (11 to 13) looks at what is young whatever camd asks for: twice its largest semi-space. */
export const YOUNG_BYTES = 32 * 2 ** 20;
/**
 * Bytes of newest frames above which new pictures lie in shared memory. Where they are counted, V8 looks at what is young by itself when
 * the pictures that are being read, kept and left together come to YOUNG_BYTES, and a picture that meets two looks becomes old.
 */
export const SHARE_ABOVE = 5 * 2 ** 20;
/** Bytes of newest frames below which they lie in counted memory again. */
export const SHARE_UNTIL = 3 * 2 ** 20;
/** Most bytes of new frames between two collections, unless the profile says otherwise. */
export const DEFAULT_CEILING = 256 * 2 ** 20;
/** Bytes that may pile up in shared memory before the whole heap is looked at. */
export const PILE_BYTES = 12 * 2 ** 20;
/**
 * A pile that grew in fewer steps of so many bytes comes from viewers who joined: V8 collects for them by itself, and all newest pictures
 * become old at once. A longer interval does not help there.
 */
export const PILE_STEPS = 4;
const STEP_BYTES = PILE_BYTES / 16;
/** Intervals of new frames after which a collection does not wait for the turn to end: a starved process reads many at once. */
export const OVERDUE = 2;
/** The interval in rounds of newest frames: a quarter more, since cameras do not come in turn. */
const LEAST_ROUNDS = 1.25;
/** Pictures that take long to come live for up to two rounds. */
export const MOST_ROUNDS = 2.5;
/** What a pile makes of the rounds, and what so many collections without one do. */
const STRETCH = 1.25;
const SHRINK_AFTER = 256;
/** Bytes of a buffer for each byte of its picture: it is made for one that is somewhat larger. */
const ROOM = 9 / 8;
/**
 * Per cent by which the heap may grow, with the counted pictures beside it, before V8 looks at all of it: at least this, and enough
 * for so many intervals, so that pictures which come and go between two collections are no reason to look.
 */
const LEAST_GROWTH_PERCENT = 100;
const GROWTH_INTERVALS = 4;

export interface YoungCollection {
  /** For one node: a new frame of so many bytes has come. It is the newest one of its camera until the next. */
  of(node: string): (camera: string, bytes: number) => void;
  /** Most bytes between two collections. */
  limit(bytes: number): void;
  /** Collects what the start has left, and gives the memory back that V8 took for it. Call it when the process has been calm for a while. */
  settle(): void;
  /** Bytes between two collections, as it is now. */
  readonly interval: number;
}

/**
 * The interval follows the bytes that are held as the newest frames. A picture that outlives two collections counts as old, and only a
 * look at the whole heap frees it: so none may come twice while a picture is the newest one of its camera. V8 counts at most
 * YOUNG_BYTES before it collects by itself; more newest frames than fit into that twice lie in shared memory, which it does not count.
 * A collection runs between two turns of the event loop and not while a frame is handed on, unless it is OVERDUE.
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
  /** Fewest bytes beyond what is expected since the last look at the whole heap: slow viewers hold older frames. */
  let rest = Number.POSITIVE_INFINITY;
  /** Bytes beyond at the last step of the pile, and its steps. */
  let step = 0;
  let steps = 0;
  /** Collections until that look has taken effect. */
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
   * Pictures that became old in shared memory: V8 does not see how much they take. Beside each newest picture, the next one may be on its
   * way. Where they come steadily, the interval was too short for them, and the next ones are longer.
   */
  const lookAtPile = (): void => {
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
    if (shared) lookAtPile();
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
