// Uploads every frame in order; each is acknowledged when the server has accepted it.

import type { Clock } from '../../../core/base/clock.ts';
import type { Log } from '../../../core/base/log.ts';
import { formatDuration } from '../../../core/base/units.ts';
import { type Answer, answered, rejected } from '../../../core/contract/final.ts';
import type { Frame } from '../../../core/contract/frame.ts';
import { environment } from '../../../core/contract/problems.ts';
import type { Outcome } from './outcome.ts';
import { HEALTHY, next, type PolicyRules, type PolicyState } from './policy.ts';
import { isWhole } from './preflight.ts';

export interface EachOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** `everyMs` is the first pause after a failure. */
  readonly rules: PolicyRules;
  /** Milliseconds after which a frame that the server does not accept is refused. */
  readonly giveUpMs: number;
  readonly least: number;
  /** Statuses by which the server refuses a picture for good; camd's own API reports this in its answer. */
  readonly finalStatus: readonly number[];
  send(frame: Frame, signal: AbortSignal): Promise<Outcome>;
  report(trouble: string | undefined): void;
  count(name: string, by?: number): void;
}

/** Resolves after a 2xx; rejects with a Fault when the frame is refused, or with the reason of the signal. */
export type Deliver = (frame: Frame, signal: AbortSignal) => Promise<void>;

export function createDeliver(options: EachOptions): Deliver {
  const { clock, log, rules, report, count } = options;
  let policyState: PolicyState = HEALTHY;
  let notBefore = 0;
  /** Concurrent uploads that fail count as one failure; `before` is the state before it. */
  let before: PolicyState = HEALTHY;
  let failedAt = Number.NEGATIVE_INFINITY;

  const recordRefusal = (frame: Frame, why: string, fields: Readonly<Record<string, unknown>> = {}) => {
    count('refused_total');
    log.warn('picture refused', { camera: frame.camera, why, ...fields });
  };
  /** Refuses a frame that may succeed when sent again later. */
  const refuse = (frame: Frame, why: string, fields: Readonly<Record<string, unknown>> = {}) => {
    recordRefusal(frame, why, fields);
    return environment('refused', why);
  };
  /** Refuses a frame that would fail again, so a waiting source drops it. */
  const reject = (frame: Frame, why: string, answer?: Answer) => {
    recordRefusal(frame, why, answer === undefined ? {} : { status: answer.status });
    return rejected(why, answered(answer));
  };

  return async (frame, signal) => {
    if (!isWhole(frame, options.least))
      throw reject(
        frame,
        `A picture of ${frame.camera} is truncated and was not uploaded. Check the camera and its connection.`,
      );
    const until = clock.monotonic() + options.giveUpMs;
    for (;;) {
      const pause = policyState.is === 'failing' ? notBefore - clock.monotonic() : 0;
      if (policyState.is === 'failing' && pause > 0) {
        // With wrong credentials every frame would fail: frames are refused without a request until the next retry is due.
        if (policyState.kind === 'credentials' || notBefore > until) throw refuse(frame, policyState.why);
        await clock.sleep(pause, signal);
        continue;
      }
      const began = clock.monotonic();
      const outcome = await options.send(frame, signal);
      if (began > failedAt) before = policyState;
      const step = next(before, outcome, rules);
      if (step.state.is === 'well') {
        if (policyState.is === 'failing') log.info('uploads work again', { failures: policyState.failures });
        policyState = HEALTHY;
        notBefore = 0;
        report(undefined);
        count('uploaded_total');
        count('uploaded_bytes_total', frame.data.length);
        return;
      }
      count('failed_total');
      const { kind, why } = step.state;
      const fields = 'status' in outcome ? { status: outcome.status } : {};
      // A fault of one picture or camera does not affect the state of the server. Any other may come from a wrong URL or a proxy.
      if (isRefusedForGood(outcome, options.finalStatus)) throw reject(frame, why, answerIn(outcome));
      const now = clock.monotonic();
      if (began > failedAt) failedAt = now;
      policyState = step.state;
      notBefore = Math.max(notBefore, now + step.waitMs);
      report(why);
      if (kind === 'credentials' || notBefore > until) throw refuse(frame, why, fields);
      log.warn('upload failed', { camera: frame.camera, why, next_in: formatDuration(step.waitMs), ...fields });
    }
  };
}

const isRefusedForGood = (outcome: Outcome, finalStatus: readonly number[]): boolean =>
  outcome.is === 'answered' && (outcome.refuses !== undefined || finalStatus.includes(outcome.status));

const answerIn = (outcome: Outcome): Answer | undefined => (outcome.is === 'answered' ? outcome.answer : undefined);
