// Runs the command of a move: the values are passed as arguments, one run at a time, and only the newest waiting move is kept.

import { formatDuration } from '../../../core/base/units.ts';
import type { Clock, Log } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import { type Child, startChild } from '../../kit/process/child.ts';

/** Time limit of one move in milliseconds. */
export const MOVE_MS = 5000;
/** Milliseconds between SIGTERM and SIGKILL. */
const GRACE = 500;

export interface Move {
  readonly x: number;
  readonly y: number;
}

export interface Mover {
  push(move: Move): void;
  stop(): Promise<void>;
}

export interface MoverOptions {
  /** {x} and {y} are replaced by the values, from -1 to 1. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly clock: Clock;
  readonly log: Log;
  count(name: string): void;
}

export function createMover({ command, cwd, clock, log, count }: MoverOptions): Mover {
  let waiting: Move | undefined;
  let running: Promise<void> | undefined;
  let child: Child | undefined;
  let stopped = false;

  const run = async ({ x, y }: Move): Promise<void> => {
    const argv = command.map((word) => word.replaceAll('{x}', String(x)).replaceAll('{y}', String(y)));
    const done = new AbortController();
    try {
      child = await startChild({ argv, cwd, grace: GRACE, onOutput() {}, onErrorLine: () => {} });
      const { stop, ended } = child;
      clock.sleep(MOVE_MS, done.signal).then(
        () => {
          log.warn('a move took too long and was stopped', { after: formatDuration(MOVE_MS) });
          void stop();
        },
        () => {},
      );
      const { code } = await ended;
      count(code === 0 ? 'moves_total' : 'moves_failed_total');
      if (code !== 0) log.warn('a move failed', { code });
    } catch (cause) {
      count('moves_failed_total');
      log.warn('a move could not be started', { why: sentence(cause) });
    } finally {
      child = undefined;
      done.abort();
    }
  };
  const work = async (): Promise<void> => {
    for (let move = waiting; move && !stopped; move = waiting) {
      waiting = undefined;
      await run(move);
    }
    running = undefined;
  };

  return {
    push(move) {
      waiting = move;
      running ??= work();
    },
    async stop() {
      stopped = true;
      await child?.stop();
      await running;
    },
  };
}
