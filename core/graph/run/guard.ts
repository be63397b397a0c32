// Calls all plugin code: code that throws, rejects or never finishes fails only its own node.

import type { Log } from '../../base/log.ts';
import { environment, sentence } from '../../contract/problems.ts';

/** Plugin code that blocks the event loop for longer is named in the log. Milliseconds. */
export const BLOCKED_MS = 250;
/** A blocking callback is logged at most once in this time. Milliseconds. */
const REPORT_BLOCKED_MS = 10_000;

/** Callbacks of a plugin, under the names used in the log. */
export type Callback =
  | 'start'
  | 'handler'
  | 'attach'
  | 'release'
  | 'want'
  | 'answer'
  | 'gauge'
  | 'defer'
  | 'dispose'
  | 'task'
  | 'connection'
  | 'route'
  | 'upgrade'
  | 'message'
  | 'names'
  | 'report'
  | 'parser';

export interface Guard {
  /** Calls `work`. An error fails the node, and `undefined` is returned. */
  call<T>(name: Callback, work: () => T): T | undefined;
  /** Awaits `work` for at most `ms`. Never rejects: an error or a timeout fails the node, and the result is false. */
  finish(name: Callback, work: () => unknown, ms: number): Promise<boolean>;
  /** Wraps `work` to measure how long each call blocks the event loop. The wrapper throws what `work` throws. */
  timed<Args extends unknown[], Result>(name: Callback, work: (...args: Args) => Result): (...args: Args) => Result;
  /** For a callback whose error the caller has caught: logs it once and fails the node. */
  failed(name: Callback, cause: unknown): void;
  /** Like `failed`, for an error that concerns one request only: logs it and leaves the node running. */
  noted(name: Callback, cause: unknown): void;
}

export interface GuardOptions {
  readonly log: Log;
  monotonic(): number;
  onFail(cause: unknown): void;
}

export function createGuard({ log, monotonic, onFail }: GuardOptions): Guard {
  const logged = new Set<Callback>();
  const blocked = new Map<Callback, number>();

  const noted = (callback: Callback, cause: unknown): void => {
    if (logged.has(callback)) return;
    logged.add(callback);
    log.error('a callback of the plugin failed', { callback, cause: sentence(cause), stack: stackOf(cause) });
  };
  const failed = (callback: Callback, cause: unknown): void => {
    noted(callback, cause);
    onFail(cause);
  };
  const reportBlocked = (callback: Callback, ms: number): void => {
    const now = monotonic();
    const last = blocked.get(callback);
    if (last !== undefined && now - last < REPORT_BLOCKED_MS) return;
    blocked.set(callback, now);
    log.warn('a callback of the plugin blocked the event loop', { callback, ms: Math.round(ms), bound_ms: BLOCKED_MS });
  };

  return {
    noted,
    failed,
    call(name, work) {
      try {
        return work();
      } catch (cause) {
        failed(name, cause);
        return undefined;
      }
    },
    async finish(name, work, ms) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(environment('overrun', `${name} did not finish within ${ms / 1000} s`)), ms);
      });
      try {
        await Promise.race([work(), late]);
        return true;
      } catch (cause) {
        failed(name, cause);
        return false;
      } finally {
        clearTimeout(timer);
      }
    },
    timed(name, work) {
      return (...args) => {
        const began = performance.now();
        try {
          return work(...args);
        } finally {
          const ms = performance.now() - began;
          if (ms > BLOCKED_MS) reportBlocked(name, ms);
        }
      };
    },
  };
}

const stackOf = (cause: unknown): string | undefined => (cause instanceof Error ? cause.stack : undefined);
