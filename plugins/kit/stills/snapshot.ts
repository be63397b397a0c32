// Finds the picture for a snapshot request: the newest, one newer than the client's, or a new capture.

import { withDeadline } from '../../../core/base/deadline.ts';
import type { Frame } from '../../../core/contract/frame.ts';
import type { HttpReply, HttpRequest, ReadyAnswer } from '../../../core/contract/http.ts';
import type { Still, Stills } from '../../../core/contract/ports.ts';
import { environment, type Fault, isFault } from '../../../core/contract/problems.ts';
import type { PictureAnswers } from './answer.ts';
import { refuse } from './refuse.ts';

export interface SnapshotOptions {
  readonly answers: PictureAnswers;
  /** The current cache or store: a reload may replace it while a request waits. */
  stills(): Stills | undefined;
  /** The answer for a silent camera. */
  readonly offline: 'unavailable' | 'last';
  /** Milliseconds for a capture on demand. */
  readonly timeout: number;
  /** Maximum milliseconds for which ?after= waits. */
  readonly wait: number;
  readonly maxWaiting: number;
  count(name: string): void;
}

export interface Snapshot {
  /** Answers one request for a picture of a camera that exists. `found`: its picture, if the stills do not have it yet. */
  (request: HttpRequest, reply: HttpReply, camera: string, found?: Still): unknown;
  /** The same answer if it is a current picture without a wait; otherwise undefined. `url`: path and query. */
  ready(url: string, camera: string): ReadyAnswer | undefined;
}

/** The code of a Fault for a camera that sent no picture in time, here or at its source. */
const LATE = 'capture-timeout';

export function createSnapshot(options: SnapshotOptions): Snapshot {
  const { answers, count } = options;
  let waiting = 0;

  const show = (request: HttpRequest, reply: HttpReply, still: Still | undefined): unknown => {
    if (!still) return refuse(reply, 503, 'this camera has sent no picture yet');
    if (!still.stale) answers.send(request, reply, still.frame);
    else if (options.offline === 'last') answers.send(request, reply, still.frame, true);
    else return refuse(reply, 503, 'this camera is offline');
    return reply;
  };

  /** Waits for `get`, at most `bound` milliseconds, or until the client has disconnected. */
  const waitFor = async (
    request: HttpRequest,
    reply: HttpReply,
    bound: number,
    get: (signal: AbortSignal) => Promise<Frame>,
  ): Promise<unknown> => {
    if (waiting >= options.maxWaiting) return refuse(reply, 503, 'too many requests are waiting for a picture');
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    reply.raw.once('close', leave);
    waiting++;
    try {
      const late = (): Fault => environment(LATE, 'no picture came in time');
      const frame = await withDeadline({ ms: bound, late, signals: [gone.signal] }, get);
      if (!reply.raw.destroyed) answers.send(request, reply, frame);
      return reply;
    } catch (cause) {
      if (reply.raw.destroyed) return reply.hijack();
      if (isFault(cause) && cause.code === LATE) {
        count('timeouts_total');
        return refuse(reply, 504, 'no picture came in time');
      }
      // The reason is shown only in the status and log of camd: it may contain commands and addresses.
      return refuse(reply, 503, 'no picture could be taken');
    } finally {
      waiting--;
      reply.raw.removeListener('close', leave);
    }
  };

  const next = async (camera: string, after: number, signal: AbortSignal): Promise<Frame> => {
    for (;;) {
      const stills = options.stills();
      if (!stills) throw new Error('the pictures are unavailable for a moment');
      try {
        return await stills.next(camera, after, signal);
      } catch (cause) {
        // The stills were replaced during the wait: the current ones get the request.
        if (signal.aborted || options.stills() === stills) throw cause;
      }
    }
  };

  const snapshot = (request: HttpRequest, reply: HttpReply, camera: string, found?: Still): unknown => {
    const stills = options.stills();
    if (!stills) return refuse(reply, 503, 'the pictures are unavailable for a moment');
    const after = afterOf(request);
    if (Number.isNaN(after)) return refuse(reply, 400, '?after= must be a sequence number, as in X-Sequence');
    if (stills.onDemand(camera)) {
      count('captures_total');
      return waitFor(request, reply, options.timeout, (signal) => stills.capture(camera, signal));
    }
    const still = stills.latest(camera) ?? found;
    if (after === undefined || (still && still.frame.seq > after)) return show(request, reply, still);
    return waitFor(request, reply, options.wait, (signal) => next(camera, after, signal));
  };
  const ready = (url: string, camera: string): ReadyAnswer | undefined => {
    const stills = options.stills();
    if (!stills || mayAskAfter(url) || stills.onDemand(camera)) return undefined;
    const still = stills.latest(camera);
    return still && !still.stale ? answers.of(still.frame) : undefined;
  };
  return Object.assign(snapshot, { ready });
}

/** True for ?after= and any possible other spelling of it. Other queries are fine: many clients append a number against caches. */
function mayAskAfter(url: string): boolean {
  const query = url.indexOf('?');
  return query >= 0 && (url.includes('after', query) || url.includes('%', query));
}

/** undefined without ?after=, NaN when it is not a whole number. */
function afterOf(request: HttpRequest): number | undefined {
  if (!request.raw.url?.includes('?')) return undefined;
  const { after } = request.query as { after?: unknown };
  if (after === undefined) return undefined;
  return typeof after === 'string' && /^-?\d{1,15}$/.test(after) ? Number(after) : Number.NaN;
}
