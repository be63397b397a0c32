// Runs a parser over bytes in any chunking; overwrites each chunk afterwards, as sources do.

import type { ParsedImage, ParserContext, ParserPlugin } from '../core/contract/plugin.ts';

export interface Parsed {
  readonly images: readonly ParsedImage[];
  readonly skipped: readonly { readonly bytes: number; readonly reason: string }[];
}

/** `cuts`: rising offsets at which the bytes are cut; none: one chunk. */
export function parse<Options>(
  plugin: ParserPlugin<Options>,
  options: Options,
  bytes: Buffer,
  cuts: readonly number[] = [],
  context: ParserContext = {},
): Parsed {
  const images: ParsedImage[] = [];
  const skipped: { bytes: number; reason: string }[] = [];
  const parser = plugin.create(
    options,
    { image: (image) => images.push(image), skipped: (count, reason) => skipped.push({ bytes: count, reason }) },
    context,
  );
  const lent = Buffer.alloc(bytes.length);
  [...cuts, bytes.length].reduce((from, to) => {
    const chunk = lent.subarray(0, to - from);
    bytes.copy(chunk, 0, from, to);
    parser.push(chunk);
    chunk.fill(0xd8);
    return to;
  }, 0);
  parser.end();
  return { images, skipped };
}

/** One cut after every byte. */
export const everyByte = (bytes: Buffer): number[] =>
  Array.from({ length: Math.max(0, bytes.length - 1) }, (_, at) => at + 1);
