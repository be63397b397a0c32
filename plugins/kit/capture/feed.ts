// Keeps a byte feed open: parses it, detects silence, and reopens it with back-off.

import { formatDuration, type Milliseconds } from '../../../core/base/units.ts';
import type { ParsedImage, ParserContext, ParserFactory } from '../../../core/contract/plugin.ts';
import { environment, Fault, isFault } from '../../../core/contract/problems.ts';
import { createRetry } from './retry.ts';
import type { Sink, SourceNode } from './sink.ts';

export interface FeedOptions {
  /** Name of the feed at the start of a sentence: "127.0.0.1:9000", "The command rpicam-vid". */
  readonly what: string;
  /** A feed that sends no byte for this long is closed; one without a picture for this long is reported. */
  readonly timeout: Milliseconds;
  /** Pictures to skip after each opening. */
  readonly skip?: number;
  /** Bytes; smaller pictures are skipped. */
  readonly minSize?: number;
  /**
   * The back-off resets after an opening that brought pictures; if this is true, only if the opening also lasted as long as the wait
   * before it, so that a program that dies after each picture is not started five times a second for ever. Default false.
   */
  readonly mustLast?: boolean;
  /** For a feed whose format is known; by default the parser in the node's options. */
  readonly parser?: ParserFactory;
  readonly random?: () => number;
  /** Counts protocol errors of a feed whose pictures are good; see createOddities. */
  readonly odd?: (code: string) => void;
}

/** Reasons for skipped bytes that were not a picture: text between pictures, parts of another type. */
const NO_PICTURES: ReadonlySet<string> = new Set([
  'garbage',
  'part is not a picture',
  'between pictures',
  'part head too long',
]);
/** Reasons that are counted for the message about a feed without pictures. */
const MAX_REASONS = 16;

/** One opening of the feed. */
export interface Opening {
  /** Aborted when it must end: no consumer is left, the feed is silent, or the parser failed. */
  readonly signal: AbortSignal;
  /** Call it once: returns the function that passes bytes to the parser. It borrows them and never throws. Silence counts from here. */
  begin(context?: ParserContext): (chunk: Buffer) => void;
  /** Bytes so far. */
  bytes(): number;
  /** Pictures so far. */
  pictures(): number;
}

/**
 * Returns when the signal aborts, or when the feed ends and has no consumer.
 * @param open reads the feed until it ends or its signal aborts, and rejects with a Fault of blame `environment` that gives the
 *   reason; resolving means "it has ended". All its resources must be released when it settles.
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
    // A program that gives one picture and ends has done its work once no consumer or capture is left.
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
  /** The failure on this side of the feed: silence, or a parser that threw. */
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
  /** True after the report that no picture arrives. */
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
    // A feed that camd ends itself usually ends in the middle of a picture.
    if (control.signal.aborted) return;
    if (!NO_PICTURES.has(reason)) node.lost(1);
    log.warn('bytes of the feed were skipped', { reason, bytes: count });
  };

  /** One timer for the feed, due when it has been silent for too long. */
  const watch = async (): Promise<void> => {
    for (;;) {
      const silent = clock.monotonic() - lastByte;
      if (silent >= timeout) {
        return stop(environment('silent', `${what} has sent nothing for ${formatDuration(timeout)}.`));
      }
      await clock.sleep(timeout - silent, control.signal);
      // At least one whole timeout has passed since the feed began.
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
