// One shot after another: keeps the program running, triggers it once for each picture, and ends it if none arrives.

import { formatDuration, type Milliseconds } from '../../../core/base/units.ts';
import type { ParsedImage } from '../../../core/contract/plugin.ts';
import { environment, type Fault } from '../../../core/contract/problems.ts';
import { createRetry } from '../../kit/capture/retry.ts';
import type { SourceNode } from '../../kit/capture/sink.ts';
import type { Pictures } from './pictures.ts';
import { NOT_READY, type Program } from './program.ts';

/** Additional time before the next first trigger of a program that was signalled too early. */
const EXTRA_FIRST_MS = 1000;
const EXTRA_MOST_MS = 30_000;

export interface Shutter {
  /** Triggers a picture, or joins the one in progress: two signals at once would give one picture. */
  shoot(signal: AbortSignal): Promise<ParsedImage>;
  /** Ends the program; the next shot starts it again. */
  rest(): Promise<void>;
}

export interface ShutterOptions {
  /** How long a picture may take. */
  readonly timeout: Milliseconds;
  /** Starts the program; `extra` milliseconds pass between its readiness and its first trigger. */
  start(extra: Milliseconds): Promise<Program>;
}

export function createShutter(node: SourceNode, pictures: Pictures, options: ShutterOptions): Shutter {
  const { clock } = node;
  const retry = createRetry();
  let program: Promise<Program> | undefined;
  let extra = 0;
  let restUntil = 0;
  let wait = 0;
  /** Pictures of this run of the program. */
  let taken = 0;
  let shot: Promise<ParsedImage> | undefined;
  let resting = new AbortController();
  let ending: Promise<void> | undefined;

  const start = async (signal: AbortSignal): Promise<Program> => {
    const left = restUntil - clock.monotonic();
    if (left > 0) await clock.sleep(left, signal);
    const began = clock.monotonic();
    pictures.begin();
    let started: Program;
    try {
      started = await options.start(extra);
    } catch (cause) {
      wait = retry.after(cause);
      restUntil = clock.monotonic() + wait;
      throw cause;
    }
    taken = 0;
    void started.ended.then((cause) => {
      program = undefined;
      if (signal.aborted) return;
      if (cause.code === NOT_READY) extra = Math.min(EXTRA_MOST_MS, Math.max(EXTRA_FIRST_MS, 2 * extra));
      // A program that ends after each picture must not be started five times a second for ever.
      if (taken > 0 && clock.monotonic() - began >= wait) retry.reset();
      wait = retry.after(cause);
      restUntil = clock.monotonic() + wait;
      node.metrics.count('ended_total');
      node.log.warn('the program has ended and is started again for the next picture', { why: cause.message });
    });
    return started;
  };

  const take = async (signal: AbortSignal): Promise<ParsedImage> => {
    const starting = program ?? start(signal);
    program = starting;
    starting.catch(() => {
      program = undefined;
    });
    const running = await starting;
    const control = new AbortController();
    const stop = (): void => control.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      await running.ready;
      signal.throwIfAborted();
      await pictures.clear();
      // The exposure is later than this time, so the picture is never older than its time.
      const time = clock.now();
      const picture = pictures.next(control.signal);
      picture.catch(() => {});
      running.trigger();
      const died = running.ended.then(async (cause) => (await pictures.last()) ?? Promise.reject(cause));
      const late = clock.sleep(options.timeout, control.signal).then(() => Promise.reject(tooSlow(running)));
      const image = await Promise.race([picture, died, late]);
      taken++;
      return { ...image, time };
    } catch (cause) {
      // A late picture of this shot must not be mistaken for the next one.
      await running.stop();
      throw cause;
    } finally {
      signal.removeEventListener('abort', stop);
      control.abort();
    }
  };
  const tooSlow = ({ what, complaint }: Program): Fault => {
    const detail = complaint() ?? pictures.remains();
    const why = `${what} sent no picture within ${formatDuration(options.timeout)}`;
    return environment('too-slow', `${why}${detail === undefined ? '' : `. ${detail}`}.`);
  };

  const end = async (): Promise<void> => {
    resting.abort(environment('resting', 'The program is being ended.'));
    const running = await program?.catch(() => undefined);
    await running?.stop();
    await shot?.catch(() => {});
    // Removes the partial picture of a cancelled shot.
    if (running) await pictures.clear().catch(() => {});
    resting = new AbortController();
    ending = undefined;
  };

  /** Joins the shot in progress, or starts one; aborting the signal does not end the shot. */
  const join = async (signal: AbortSignal): Promise<ParsedImage> => {
    if (!shot) {
      shot = take(resting.signal);
      const over = (): void => {
        shot = undefined;
      };
      shot.then(over, over);
    }
    const control = new AbortController();
    const left = new Promise<never>((_, reject) => {
      const leave = (): void => reject(signal.reason);
      signal.addEventListener('abort', leave, { once: true });
      control.signal.addEventListener('abort', () => signal.removeEventListener('abort', leave), { once: true });
    });
    try {
      return await Promise.race([shot, left]);
    } finally {
      control.abort();
    }
  };

  return {
    async shoot(signal) {
      for (;;) {
        await ending;
        signal.throwIfAborted();
        try {
          return await join(signal);
        } catch (cause) {
          // The request arrived while the program was being ended: it is started again.
          if (signal.aborted || node.signal.aborted || !ending) throw cause;
        }
      }
    },
    async rest() {
      ending ??= end();
      await ending;
    },
  };
}
