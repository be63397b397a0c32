// Keeps a byte feed open: parses it, detects silence, and reopens it with back-off.

import { formatDuration, type Milliseconds } from '../../../core/base/units.ts';
import type { ParsedImage, ParserContext, ParserFactory } from '../../../core/contract/plugin.ts';
import { environment, Fault, isFault } from '../../../core/contract/problems.ts';
import { createRetry } from './retry.ts';
import type { Sink, SourceNode } from './sink.ts';

export interface FeedOptions {
  /** How the feed is called at the start of a sentence: "127.0.0.1:9000", "The command rpicam-vid". */
  readonly what: string;
  /** A feed that sends no byte for this long is dropped; one in which no picture is found for as long is reported. */
  readonly timeout: Milliseconds;
  /** Pictures to leave out after each opening. */
  readonly skip?: number;
  /** Bytes; smaller pictures are left out. */
  readonly minSize?: number;
  /**
   * The back-off starts anew after an opening that brought pictures; with this, only if it also lasted as long as the wait before it,
   * so that a program that dies after each picture is not started five times a second for ever. Default false.
   */
  readonly mustLast?: boolean;
  /** For a feed whose form is known; by default the parser that the node's options name. */
  readonly parser?: ParserFactory;
  readonly random?: () => number;
  /** Counts what the feed gets wrong although its pictures are good; see createOddities. */
  readonly odd?: (code: string) => void;
}

/** What is skipped and was no picture: text between pictures, parts of another type. */
const NO_PICTURES: ReadonlySet<string> = new Set([
  'garbage',
  'part is not a picture',
  'between pictures',
  'part head too long',
]);
/** Reasons that are counted for the sentence about a feed without pictures. */
const MAX_REASONS = 16;

/** One opening of the feed. */
export interface Opening {
  /** Aborted when it must end: nobody wants it any more, it has fallen silent, or the parser failed. */
  readonly signal: AbortSignal;
  /** The way for the bytes to the parser, once. They are lent only for the call, which never throws. Silence counts from here. */
  begin(context?: ParserContext): (chunk: Buffer) => void;
  /** Bytes so far. */
  bytes(): number;
  /** Pictures so far. */
  pictures(): number;
}

/**
 * Returns when the signal aborts, or when the feed ends and nobody wants it.
 * @param open reads the feed until it ends or its signal aborts, and rejects with a Fault of blame `environment` that says why
 *   it ended; resolving says the same as "it has ended". It must have let go of everything when it settles.
 */
export async function keepOpen(
  node: SourceNode,
  options: FeedOptions,
  sink: Sink,
  signal: AbortSignal,
  open: (opening: Opening) => Promise<void>,
): Promise<void> {
  const { clock } = node;
  const retry = createRetry(undefined, options.random);
  let wait = 0;
  while (!signal.aborted) {
    const began = clock.monotonic();
    const feed = createFeed(node, options, sink, signal);
    let cause: unknown = environment('feed-ended', `${options.what} has ended.`);
    try {
      await open(feed.opening);
    } catch (thrown) {
      cause = thrown;
    }
    feed.end();
    if (signal.aborted) return;
    cause = feed.failure() ?? cause;
    if (!isFault(cause) || cause.blame !== 'environment') throw cause;
    const lasted = !options.mustLast || clock.monotonic() - began >= wait;
    if (feed.opening.pictures() > 0 && lasted) retry.reset();
    wait = retry.after(cause);
    // A program that gives one picture and ends has done its work when that one was asked for.
    if (feed.opening.pictures() > 0 && sink.idle()) return;
    sink.failed(cause);
    node.degraded(cause.message);
    node.metrics.count('feeds_lost_total');
    if (sink.idle()) return;
    await clock.sleep(wait, signal).catch(() => {});
  }
}

interface Feed {
  readonly opening: Opening;
  /** What went wrong on this side of the feed: silence, or a parser that threw. */
  failure(): unknown;
  end(): void;
}

function createFeed(node: SourceNode, options: FeedOptions, sink: Sink, outer: AbortSignal): Feed {
  const { clock, log, metrics } = node;
  const makeParser = options.parser ?? node.parser;
  const { what, timeout, skip = 0, minSize = 0 } = options;
  const control = new AbortController();
  let bytes = 0;
  let pictures = 0;
  let lastByte = clock.monotonic();
  let lastPicture = lastByte;
  let well = false;
  /** It has been said that no picture comes. */
  let isReported = false;
  const reasons = new Map<string, number>();
  let failure: unknown;
  let finish = (): void => {};

  const stop = (cause?: unknown): void => {
    failure ??= cause;
    control.abort();
  };
  const stopOuter = (): void => stop();
  outer.addEventListener('abort', stopOuter, { once: true });
  if (outer.aborted) stop();

  const image = (picture: ParsedImage): void => {
    if (picture.data.length < minSize) {
      metrics.count('too_small_total');
      log.warn('a picture is smaller than min_size and was skipped', { bytes: picture.data.length });
      return;
    }
    pictures++;
    if (pictures <= skip) return;
    lastPicture = lastByte;
    isReported = false;
    if (!well) {
      well = true;
      node.healthy();
    }
    sink.hand(picture);
  };
  const skipped = (count: number, reason: string): void => {
    metrics.count('skipped_bytes_total', count);
    if (reasons.has(reason) || reasons.size < MAX_REASONS) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    // A feed that we cut ourselves ends in the middle of a picture as a rule.
    if (control.signal.aborted) return;
    if (!NO_PICTURES.has(reason)) node.lost(1);
    log.warn('bytes of the feed were skipped', { reason, bytes: count });
  };

  /** One timer for the feed, set to when it would have been silent for too long. */
  const watch = async (): Promise<void> => {
    for (;;) {
      const silent = clock.monotonic() - lastByte;
      if (silent >= timeout) {
        return stop(environment('silent', `${what} has sent nothing for ${formatDuration(timeout)}.`));
      }
      await clock.sleep(timeout - silent, control.signal);
      // It has slept for the whole time since the feed began at least once.
      const isLate = !well || lastByte - lastPicture >= timeout;
      if (!isLate || isReported || bytes === 0) continue;
      isReported = true;
      well = false;
      const time = formatDuration(timeout);
      const [commonest] = [...reasons].sort(([, a], [, b]) => b - a);
      const why = commonest ? ` (${commonest[0]})` : '';
      node.degraded(`${what} sends bytes, but they have contained no whole picture for ${time}${why}; check "parse".`);
    }
  };

  return {
    opening: {
      signal: control.signal,
      begin(context) {
        if (!makeParser) throw new Fault('bug', 'no-parser', 'The source has no parser.');
        const parser = makeParser({ image, skipped, odd: options.odd ?? (() => {}) }, context);
        lastByte = clock.monotonic();
        lastPicture = lastByte;
        watch().catch(() => {});
        finish = () => parser.end();
        return (chunk) => {
          if (control.signal.aborted) return;
          bytes += chunk.length;
          lastByte = clock.monotonic();
          try {
            parser.push(chunk);
          } catch (cause) {
            stop(cause);
          }
        };
      },
      bytes: () => bytes,
      pictures: () => pictures,
    },
    failure: () => failure,
    end() {
      outer.removeEventListener('abort', stopOuter);
      try {
        if (!outer.aborted) finish();
      } catch (cause) {
        failure ??= cause;
      }
      control.abort();
    },
  };
}
