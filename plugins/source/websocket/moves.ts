// Limits the rate of moves for one camera, and drops all but the newest of those that arrive too early.

/** Milliseconds between two moves. */
export const MOVE_EVERY = 50;

export interface Moves<Move> {
  /** Sends the move now, or after the interval unless a newer one replaces it. */
  push(move: Move): void;
  stop(): void;
}

export function createMoves<Move>(monotonic: () => number, send: (move: Move) => void): Moves<Move> {
  let sentAt = Number.NEGATIVE_INFINITY;
  let waiting: { move: Move; readonly timer: NodeJS.Timeout } | undefined;
  const sendNow = (move: Move): void => {
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
        sendNow(move);
        return;
      }
      const timer = setTimeout(() => {
        const newest = waiting?.move;
        waiting = undefined;
        if (newest !== undefined) sendNow(newest);
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
