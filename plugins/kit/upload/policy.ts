// The failure policy of uploads: when to retry and what to report. A pure state machine.

import type { Outcome, Trouble } from './outcome.ts';

/** The longest pause after failures; used at once when the server refuses the credentials. */
export const SLOWEST_MS = 300_000;
/** The longest Retry-After that camd obeys. */
export const LONGEST_RETRY_AFTER_MS = 3_600_000;
/** Pauses vary by up to this share, so that many machines do not retry at once. */
export const JITTER = 0.2;

export type PolicyState =
  | { readonly is: 'well' }
  /** `failures` in a row; `why` is a full sentence for the user. */
  | { readonly is: 'failing'; readonly failures: number; readonly kind: FailureKind; readonly why: string };

/**
 * - `credentials`: the server refuses the credentials.
 * - `picture`: it refuses this picture; it may accept another one.
 * - `size`: the picture is too large.
 * - `passing`: it may work later.
 */
export type FailureKind = 'credentials' | 'picture' | 'size' | 'passing';

export interface Step {
  readonly state: PolicyState;
  /** Milliseconds until the next attempt may start. */
  readonly waitMs: number;
}

/** Sentences for one kind of server, where the general ones do not help its users. Keyed by status. */
export type Advice = Readonly<Partial<Record<number, string>>>;

export interface PolicyRules {
  /** Milliseconds between uploads when all is well; also the first pause of the back-off. */
  readonly everyMs: number;
  /** The user's name for the server, such as "connect.prusa3d.com". */
  readonly server: string;
  readonly advice?: Advice;
  /** 0 ≤ random() < 1. */
  random(): number;
}

export const HEALTHY: PolicyState = { is: 'well' };

export function next(state: PolicyState, outcome: Outcome, rules: PolicyRules): Step {
  if (outcome.is === 'accepted') return { state: HEALTHY, waitMs: rules.everyMs };
  const kind = kindOf(outcome);
  const failures = state.is === 'failing' ? state.failures + 1 : 1;
  return {
    state: { is: 'failing', failures, kind, why: explain(outcome, rules) },
    waitMs: waitOf(outcome, kind, failures, rules),
  };
}

function kindOf(outcome: Exclude<Outcome, { is: 'accepted' }>): FailureKind {
  if (outcome.is !== 'answered') return 'passing';
  const { status } = outcome;
  if (status === 401 || status === 403 || status === 407) return 'credentials';
  if (status === 413) return 'size';
  if (status === 408 || status === 425 || status === 429 || status >= 500) return 'passing';
  return 'picture';
}

function waitOf(outcome: Outcome, kind: FailureKind, failures: number, rules: PolicyRules): number {
  const slowest = Math.max(SLOWEST_MS, rules.everyMs);
  // Where the server named a time, jitter only adds to it; elsewhere the upper bound limits it.
  const more = 1 + JITTER * rules.random();
  const doubled = Math.min(slowest, rules.everyMs * 2 ** Math.min(failures - 1, 20) * more);
  const own = kind === 'credentials' ? slowest : doubled;
  if (outcome.is !== 'answered' || outcome.retryAfterMs === undefined) return own;
  const retryAfter = Math.min(outcome.retryAfterMs, LONGEST_RETRY_AFTER_MS);
  const requested = Math.max(rules.everyMs, retryAfter) + Math.min(1000 * rules.random(), rules.everyMs);
  // 429 and 503 set the pause. With other statuses, a short time must not cause frequent requests to a failing server.
  return outcome.status === 429 || outcome.status === 503 ? requested : Math.max(requested, own);
}

function explain(outcome: Exclude<Outcome, { is: 'accepted' }>, { server, advice }: PolicyRules): string {
  if (outcome.is === 'redirected') {
    return `${server} answered ${outcome.status} with a redirect to ${outcome.to}, another host or scheme, which camd does not follow. Correct the URL.`;
  }
  if (outcome.is === 'failed') return TROUBLES[outcome.trouble](server, outcome.detail);
  const message = outcome.message === '' ? '' : `, "${outcome.message}"`;
  const known = advice?.[outcome.status] ?? GENERAL[outcome.status] ?? byClass(outcome.status);
  return `${server} answered ${outcome.status}${message}: ${known}`;
}

const TROUBLES: Readonly<Record<Trouble, (server: string, detail: string) => string>> = {
  timeout: (server, detail) => `${server} did not answer in time (${detail}). camd tries again.`,
  dns: (server, detail) =>
    `The name of ${server} cannot be resolved (${detail}). Check the DNS and the network; camd tries again.`,
  tls: (server, detail) =>
    `No secure connection to ${server} is possible (${detail}). Check its certificate and the clock of this machine. If the certificate is self-signed or from a private authority, set "ca" to a PEM file with it or with its authority. camd tries again.`,
  refused: (server, detail) => `${server} cannot be reached (${detail}). Check that it runs; camd tries again.`,
  reset: (server, detail) => `${server} reset the connection (${detail}). camd tries again.`,
  network: (server, detail) => `The request to ${server} failed (${detail}). camd tries again.`,
};

const GENERAL: Advice = {
  400: 'it does not accept this picture or request. Check the URL and the options.',
  401: 'it does not accept the credentials. Check them; camd tries again every 5 minutes.',
  403: 'the credentials do not allow this. Check them; camd tries again every 5 minutes.',
  404: 'the address or camera does not exist there. Check the URL and the camera id.',
  413: 'the picture is too large for it. Send a smaller one.',
  429: 'it received too many requests. camd waits for the time that it names.',
  503: 'it is unavailable. camd waits and tries again.',
};

function byClass(status: number): string {
  return status >= 500
    ? 'it failed. camd tries again.'
    : 'it does not accept the request. Check the URL and the options.';
}
