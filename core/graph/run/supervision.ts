// The decisions of a supervisor: the state of a node after each event, and the resulting effects. Pure.

import type { Blame } from '../../contract/problems.ts';
import type { NodeState } from '../../contract/status.ts';

/** The first and the longest delay before a failed node is restarted, in milliseconds. */
export const RESTART_FIRST_MS = 200;
export const RESTART_MOST_MS = 30_000;
/** After a run of this length, a failure waits only as long as the first one. Milliseconds. */
export const STABLE_MS = 30_000;
/** Largest random reduction of the delay, so that nodes that failed together do not restart together. */
const JITTER = 0.3;
/** Keeps the exponent finite for a node that fails for a year. */
const MOST_DOUBLINGS = 32;

export interface Supervision {
  readonly state: NodeState;
  /** The number of the instance in effect; undefined while there is none. */
  readonly run: number | undefined;
  /** Time of its activation, milliseconds on the monotonic clock. */
  readonly since: number;
  /** Failures since the last stable run. */
  readonly tries: number;
  readonly restarts: number;
  readonly lastError: string | undefined;
}

/** The reason of a failure. */
export interface Failure {
  readonly why: string;
  readonly blame: Blame;
}

export type SupervisionEvent =
  /** Start the node and retry until it succeeds. */
  | { readonly is: 'begin' }
  /** A reload starts an instance while no other is running. */
  | { readonly is: 'staging' }
  /** An instance has taken effect and replaced the running one, if any. */
  | { readonly is: 'activated'; readonly run: number; readonly health: string | undefined }
  /** An attempt to start failed. */
  | ({ readonly is: 'refused' } & Failure)
  /** An instance failed after its start. */
  | ({ readonly is: 'failed'; readonly run: number } & Failure)
  | { readonly is: 'health'; readonly run: number; readonly why: string | undefined }
  /** The delay after a failure is over. */
  | { readonly is: 'due' }
  | { readonly is: 'halt' }
  | { readonly is: 'halted' };

export type Effect =
  /** Cancels delays and attempts in progress. */
  | { readonly do: 'cancel' }
  | { readonly do: 'start' }
  /** Deactivates the instance and stops it. */
  | { readonly do: 'retire'; readonly run: number }
  | { readonly do: 'wait'; readonly ms: number };

export interface Moment {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly monotonic: number;
  /** From 0 to 1. */
  readonly chance: number;
}

export interface Step {
  readonly next: Supervision;
  readonly effects: readonly Effect[];
}

export const supervisionAt = (now: number): Supervision => ({
  state: { is: 'stopped', since: now },
  run: undefined,
  since: 0,
  tries: 0,
  restarts: 0,
  lastError: undefined,
});

export function reduce(before: Supervision, event: SupervisionEvent, moment: Moment): Step {
  const { now, monotonic } = moment;
  const only = (next: Supervision, ...effects: Effect[]): Step => ({ next, effects });
  switch (event.is) {
    case 'begin':
      return only(
        { ...before, state: { is: 'starting', since: now }, run: undefined, tries: 0 },
        { do: 'cancel' },
        { do: 'start' },
      );
    case 'staging':
      return only(before.state.is === 'stopped' ? { ...before, state: { is: 'starting', since: now } } : before);
    case 'activated': {
      const healthy = withHealth({ ...before, run: event.run, since: monotonic, tries: 0 }, event.health, now);
      // A node that fails soon after each start is restarted with increasing delays.
      const tries = before.state.is === 'failed' ? before.tries : 0;
      return only({ ...healthy, tries }, { do: 'cancel' });
    }
    case 'refused':
      if (before.state.is !== 'starting' && before.state.is !== 'failed') return only(before);
      return failed(before, event, moment);
    case 'failed': {
      if (event.run !== before.run) return only(before);
      const stable = monotonic - before.since >= STABLE_MS;
      const { next, effects } = failed({ ...before, run: undefined, tries: stable ? 0 : before.tries }, event, moment);
      return { next, effects: [{ do: 'retire', run: event.run }, ...effects] };
    }
    case 'health':
      return only(event.run === before.run ? withHealth(before, event.why, now) : before);
    case 'due':
      return only({ ...before, restarts: before.restarts + 1 }, { do: 'start' });
    case 'halt':
      return before.run === undefined
        ? only(before, { do: 'cancel' })
        : only(
            { ...before, run: undefined, state: { is: 'stopping', since: now } },
            { do: 'cancel' },
            { do: 'retire', run: before.run },
          );
    case 'halted':
      return only({ ...before, run: undefined, state: { is: 'stopped', since: now } });
  }
}

/** A fault of the profile stays until the next reload, since a restart would not help. */
function failed(before: Supervision, { why, blame }: Failure, { now, chance }: Moment): Step {
  if (blame === 'profile') {
    return { next: { ...before, state: { is: 'failed', since: now, why }, lastError: why }, effects: [] };
  }
  const whole = Math.min(RESTART_MOST_MS, RESTART_FIRST_MS * 2 ** Math.min(before.tries, MOST_DOUBLINGS));
  const ms = whole * (1 - JITTER * chance);
  const state: NodeState = { is: 'failed', since: now, why, retryAt: now + ms };
  return { next: { ...before, state, tries: before.tries + 1, lastError: why }, effects: [{ do: 'wait', ms }] };
}

function withHealth(before: Supervision, why: string | undefined, now: number): Supervision {
  const { state } = before;
  if (why === undefined) return state.is === 'running' ? before : { ...before, state: { is: 'running', since: now } };
  if (state.is === 'degraded' && state.why === why) return before;
  return { ...before, state: { is: 'degraded', since: now, why }, lastError: why };
}
