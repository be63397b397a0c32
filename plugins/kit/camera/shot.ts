// The picture in one response of a camera, found while its bytes come.

import { Fault, type Node, type ParsedImage, type ParserSink } from '../../../core/contract/plugin.ts';

export interface Shot {
  /** Takes lent bytes; true: the picture is whole, or the body is larger than allowed. Never throws. */
  push(chunk: Buffer): boolean;
  /** The body has ended, perhaps not for good: the picture that is only known at its end. `push` may go on. */
  end(): ParsedImage | undefined;
  readonly picture: ParsedImage | undefined;
  readonly bytes: number;
  /** More than the allowed bytes came without a picture in them. */
  readonly isOver: boolean;
  /** Why there is no picture, as the parser says it. */
  readonly reason: string | undefined;
}

/** `max` bytes of a body are kept. */
export function createShot(
  node: Pick<Node<unknown>, 'parser' | 'metrics'>,
  max: number,
  contentType: string | undefined,
  odd: (code: string) => void,
): Shot {
  const { parser: makeParser, metrics } = node;
  if (!makeParser) throw new Fault('bug', 'no-parser', 'The source has no parser.');
  const kept: Buffer[] = [];
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
      if (bytes <= max) kept.push(Buffer.from(chunk));
      // What was ended too early is read once more, from its beginning.
      if (hasEnded) return bytes > max;
      parser.push(chunk);
      return picture !== undefined || bytes > max;
    },
    end() {
      if (bytes > max) return undefined;
      if (hasEnded) {
        [skipped, reason] = [0, undefined];
        parser = makeParser(sink, context);
        for (const chunk of kept) parser.push(chunk);
      }
      hasEnded = true;
      if (!picture) parser.end();
      if (!picture) metrics.count('skipped_bytes_total', skipped);
      return picture;
    },
  };
}
