// Moves for one camera: at most so many a second, and of those that come too soon only the newest.

/** Milliseconds between two moves. */
export const MOVE_EVERY = 50;

export interface Moves<Move> {
  /** Sends it now, or when its turn comes unless a newer one has come by then. */
  push(move: Move): void;
  stop(): void;
}

export function createMoves<Move>(monotonic: () => number, send: (move: Move) => void): Moves<Move> {
  let sentAt = Number.NEGATIVE_INFINITY;
  let waiting: { move: Move; readonly timer: NodeJS.Timeout } | undefined;
  const go = (move: Move): void => {
    sentAt = monotonic();
    send(move);
  };
  return {
    push(move) {
      if (waiting) {
        waiting.move = move;
        return;
      }
      const wait = sentAt + MOVE_EVERY - monotonic();
      if (wait <= 0) {
        go(move);
        return;
      }
      const timer = setTimeout(() => {
        const newest = waiting?.move;
        waiting = undefined;
        if (newest !== undefined) go(newest);
      }, wait);
      timer.unref();
      waiting = { move, timer };
    },
    stop() {
      clearTimeout(waiting?.timer);
      waiting = undefined;
    },
  };
}
