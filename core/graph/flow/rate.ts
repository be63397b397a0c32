// Measures a node's frames per second from its counters, without a timer.

/** Length of the measuring window in milliseconds, if frames come often enough. */
const WINDOW = 5000;
/** Least milliseconds between two marks. */
const STEP = 1000;
/** Marks kept: enough to cover the window. */
const MARKS = WINDOW / STEP + 2;

export interface Rate {
  /** Records a frame: `count` frames so far. `at`: monotonic milliseconds. */
  note(count: number, at: number): void;
  /** Frames per second at the monotonic time `now`; 0 before the second frame and when frames have stopped. */
  read(count: number, now: number): number;
}

export function createRate(): Rate {
  const marks: { readonly at: number; readonly count: number }[] = [];
  /** Time of the last frame, its distance from the one before it, and when the next mark is due. */
  const last = { at: 0.5, gap: 0.5, due: 0.5 };
  /** Adapts to the gap: a camera with one picture a minute has not stopped after five seconds. */
  const silent = (at: number): boolean => at - last.at > Math.max(WINDOW, 2 * last.gap);

  return {
    note(count, at) {
      if (marks.length > 0 && silent(at)) marks.length = 0;
      last.gap = at - last.at;
      last.at = at;
      if (at < last.due && marks.length > 0) return;
      last.due = at + STEP;
      marks.push({ at, count });
      if (marks.length > MARKS) marks.shift();
    },
    read(count, now) {
      if (silent(now)) return 0;
      const mark = marks.findLast(({ at }) => at <= now - WINDOW && at < last.at) ?? marks[0];
      // Ends at the last frame, so that 20 per second read as 20; ends now if the next frame is overdue.
      const end = now - last.at > 2 * last.gap ? now : last.at;
      return mark && end > mark.at ? ((count - mark.count) * 1000) / (end - mark.at) : 0;
    },
  };
}
