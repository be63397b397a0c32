// What a supervisor decides: the state of a node after each event, and what has to be done. Pure.

import type { Blame } from '../../contract/problems.ts';
import type { NodeState } from '../../contract/status.ts';

/** The first and the longest wait before a failed node is started again, milliseconds. */
export const RESTART_FIRST_MS = 200;
export const RESTART_MOST_MS = 30_000;
/** A node that ran for this long before it failed waits no longer than after its first failure. */
export const STABLE_MS = 30_000;
/** The part of a wait that chance may take off, so that nodes that failed together do not start together. */
const JITTER = 0.3;
/** Keeps the exponent of a node that fails for a year finite. */
const MOST_DOUBLINGS = 32;

export interface Supervision {
  readonly state: NodeState;
  /** The number of the instance in effect; undefined while there is none. */
  readonly run: number | undefined;
  /** When it took effect, milliseconds on the monotonic clock. */
  readonly since: number;
  /** Failures since the node last ran stably. */
  readonly tries: number;
  readonly restarts: number;
  readonly lastError: string | undefined;
}

/** Why an instance failed. */
export interface Failure {
  readonly why: string;
  readonly blame: Blame;
}

export type SupervisionEvent =
  /** Start it and keep trying. */
  | { readonly is: 'begin' }
  /** A reload starts an instance that nothing runs in the place of yet. */
  | { readonly is: 'staging' }
  /** An instance has taken effect, in the place of whatever ran. */
  | { readonly is: 'activated'; readonly run: number; readonly health: string | undefined }
  /** An attempt to start failed. */
  | ({ readonly is: 'refused' } & Failure)
  /** An instance failed after its start. */
  | ({ readonly is: 'failed'; readonly run: number } & Failure)
  | { readonly is: 'health'; readonly run: number; readonly why: string | undefined }
  /** The wait after a failure is over. */
  | { readonly is: 'due' }
  | { readonly is: 'halt' }
  | { readonly is: 'halted' };

export type Effect =
  /** Ends waits and attempts that are under way. */
  | { readonly do: 'cancel' }
  | { readonly do: 'start' }
  /** Takes the instance out of effect and stops it. */
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
      // A node that fails soon after each start waits longer and longer.
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

/** A fault of the profile stays until the next reload: starting again would change nothing. */
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
