// Uploads the newest picture of one camera at an interval, by the failure policy.

import type { Clock } from '../../../core/base/clock.ts';
import { withDeadline } from '../../../core/base/deadline.ts';
import type { Log } from '../../../core/base/log.ts';
import { formatDuration, formatSize } from '../../../core/base/units.ts';
import type { Frame } from '../../../core/contract/frame.ts';
import { environment, type Fault, sentence } from '../../../core/contract/problems.ts';
import type { Condition, Turn } from '../printer/condition.ts';
import type { Newest } from './newest.ts';
import type { Outcome } from './outcome.ts';
import { HEALTHY, next, type PolicyRules, type PolicyState } from './policy.ts';
import { type PreflightRules, rejectReason } from './preflight.ts';

/** Milliseconds within which a camera on demand must take its picture. */
export const CAPTURE_MS = 30_000;

/** Milliseconds between two log lines that sum up successes. */
export const SUMMARY_MS = 60_000;

/** The state that survives a reload. */
export interface CameraUploaderState {
  readonly policyState: PolicyState;
  /** Monotonic milliseconds before which no picture is sent. */
  readonly notBefore: number;
  /** True after the server refused a picture as too large: the smaller pictures are sent. */
  readonly small: boolean;
}

export interface CameraUploaderOptions {
  readonly camera: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly rules: PolicyRules;
  readonly preflight: PreflightRules;
  readonly newest: Newest;
  /** Pictures are sent only while it holds, or one for each of its turns. */
  readonly condition: Condition | undefined;
  /** Smaller pictures of the same camera, subscribed to when they are first needed. */
  readonly smaller: (() => Newest) | undefined;
  send(frame: Frame, signal: AbortSignal): Promise<Outcome>;
  /** Called after each upload that was accepted; the interval already runs. */
  accepted(frame: Frame, signal: AbortSignal): Promise<void>;
  /** `trouble` is a sentence for the user, undefined when all is well. */
  report(trouble: string | undefined): void;
  count(name: string, by?: number): void;
  readonly state: CameraUploaderState | undefined;
}

export interface CameraUploader {
  /** Runs until the signal aborts; then rejects with its reason. */
  run(signal: AbortSignal): Promise<never>;
  state(): CameraUploaderState;
}

export function createCameraUploader(options: CameraUploaderOptions): CameraUploader {
  const { camera, clock, log, rules, preflight, condition, report, count } = options;
  let { policyState, notBefore, small } = options.state ?? { policyState: HEALTHY, notBefore: 0, small: false };
  let sent: Frame | undefined;
  /** The turn whose picture has been sent. */
  let served: number | undefined;
  let unlogged = 0;
  let loggedAt = Number.NEGATIVE_INFINITY;

  const source = (): Newest => (small && options.smaller ? options.smaller() : options.newest);
  const trouble = () => (policyState.is === 'failing' ? policyState.why : undefined);

  /** Waits until the interval has passed and the condition of the printer holds. */
  async function due(signal: AbortSignal): Promise<Turn | undefined> {
    for (;;) {
      const pause = notBefore - clock.monotonic();
      if (pause > 0) await clock.sleep(pause, signal);
      if (condition === undefined) return undefined;
      const turn = condition.now();
      if (typeof turn !== 'string' && !(condition.byLayer && turn.number === served)) return turn;
      report(trouble());
      await condition.changed(signal);
    }
  }

  /** A frame that may be sent, or the reason why there is none. */
  async function pick(turn: Turn | undefined, signal: AbortSignal): Promise<Frame | string> {
    const frame = await capture(signal);
    if (typeof frame === 'string') return frame;
    if (turn && condition?.byLayer && frame.arrived < turn.since)
      return `${camera} has sent no picture of the printer's new layer yet.`;
    const why = rejectReason(frame, sent, clock.monotonic(), preflight);
    if (why === undefined) return frame;
    count(`skipped_${why}_total`);
    if (why === 'unchanged') {
      notBefore = clock.monotonic() + rules.everyMs;
      return '';
    }
    if (why === 'stale') {
      return `${camera} has sent no new picture for more than ${formatDuration(preflight.staleAfterMs)}, and old ones are not uploaded. Check the camera.`;
    }
    return `The newest picture of ${camera} is truncated (${formatSize(frame.data.length)}) and was not uploaded. Check the camera and its connection.`;
  }

  async function capture(signal: AbortSignal): Promise<Frame | string> {
    const late = (): Fault =>
      environment('slow-capture', `The capture took longer than ${formatDuration(CAPTURE_MS)}.`);
    const bounds = { ms: CAPTURE_MS, late, clock, signals: [signal] };
    try {
      const frame = await withDeadline(bounds, (bounded) => source().take(camera, bounded));
      return frame ?? `The first picture of ${camera} has not come yet.`;
    } catch (thrown) {
      signal.throwIfAborted();
      return `${camera} sent no picture. ${sentence(thrown)}`;
    }
  }

  function settle(outcome: Outcome, frame: Frame): void {
    const bytes = frame.data.length;
    if (outcome.is === 'answered' && outcome.status === 413 && options.smaller && !small) {
      small = true;
      notBefore = clock.monotonic() + rules.everyMs;
      log.warn('picture too large for the server, only smaller ones are sent from now on', { camera, bytes });
      return;
    }
    const before = policyState;
    const step = next(policyState, outcome, rules);
    policyState = step.state;
    if (outcome.is === 'accepted') {
      sent = frame;
      count('uploaded_total');
      count('uploaded_bytes_total', bytes);
      unlogged++;
      if (clock.monotonic() - loggedAt >= SUMMARY_MS) {
        log.info('pictures uploaded', { camera, pictures: unlogged, bytes });
        loggedAt = clock.monotonic();
        unlogged = 0;
      }
      if (before.is === 'failing') log.info('uploads work again', { camera, failures: before.failures });
    } else {
      notBefore = clock.monotonic() + step.waitMs;
      count('failed_total');
      log.warn('upload failed', {
        camera,
        why: trouble(),
        next_in: formatDuration(step.waitMs),
        ...('status' in outcome ? { status: outcome.status } : {}),
      });
    }
    report(trouble());
  }

  return {
    state: () => ({ policyState, notBefore, small }),
    async run(signal) {
      for (;;) {
        const turn = await due(signal);
        const frame = await pick(turn, signal);
        if (typeof frame === 'string') {
          if (frame === '') continue;
          report(trouble() ?? frame);
          await source().arrival(camera, rules.everyMs, signal);
          continue;
        }
        // Counted from the start of the upload, so that slow ones do not stretch the interval.
        notBefore = clock.monotonic() + rules.everyMs;
        const outcome = await options.send(frame, signal);
        settle(outcome, frame);
        if (outcome.is !== 'accepted') continue;
        served = turn?.number;
        await options.accepted(frame, signal);
      }
    },
  };
}
