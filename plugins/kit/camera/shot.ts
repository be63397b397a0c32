// Finds the picture in one response of a camera while its bytes arrive.

import { Fault, type Node, type ParsedImage, type ParserSink } from '../../../core/contract/plugin.ts';

export interface Shot {
  /** The bytes are valid only during the call. True: the picture is complete, or the body is larger than allowed. Never throws. */
  push(chunk: Buffer): boolean;
  /** Call it when the body has ended: returns a picture that only its end completes. `push` may follow. */
  end(): ParsedImage | undefined;
  readonly picture: ParsedImage | undefined;
  readonly bytes: number;
  /** True if more than the allowed bytes arrived without a picture. */
  readonly isOver: boolean;
  /** Why there is no picture, in the words of the parser. */
  readonly reason: string | undefined;
}

/** Keeps at most `max` bytes of a body. */
export function createShot(
  node: Pick<Node<unknown>, 'parser' | 'metrics'>,
  max: number,
  contentType: string | undefined,
  odd: (code: string) => void,
): Shot {
  const { parser: makeParser, metrics } = node;
  if (!makeParser) throw new Fault('bug', 'no-parser', 'The source has no parser.');
  const chunks: Buffer[] = [];
  let bytes = 0;
  let picture: ParsedImage | undefined;
  let reason: string | undefined;
  let skipped = 0;
  const sink: ParserSink = {
    image(found) {
      picture ??= found;
    },
    skipped(count, why) {
      skipped += count;
      reason = why;
    },
    odd,
  };
  const context = contentType === undefined ? {} : { contentType };
  let parser = makeParser(sink, context);
  let hasEnded = false;

  return {
    get picture() {
      return picture;
    },
    get bytes() {
      return bytes;
    },
    get isOver() {
      return bytes > max;
    },
    get reason() {
      return reason;
    },
    push(chunk) {
      if (picture || bytes > max) return true;
      bytes += chunk.length;
      if (bytes <= max) chunks.push(Buffer.from(chunk));
      // After an end that came too early, the body is parsed again from its beginning.
      if (hasEnded) return bytes > max;
      parser.push(chunk);
      return picture !== undefined || bytes > max;
    },
    end() {
      if (bytes > max) return undefined;
      if (hasEnded) {
        [skipped, reason] = [0, undefined];
        parser = makeParser(sink, context);
        for (const chunk of chunks) parser.push(chunk);
      }
      hasEnded = true;
      if (!picture) parser.end();
      if (!picture) metrics.count('skipped_bytes_total', skipped);
      return picture;
    },
  };
}
