// Parses a payload that must contain exactly one picture.

import type { ParsedImage, ParserContext, ParserFactory } from '../../../core/contract/plugin.ts';

export type OneImage = { readonly image: ParsedImage } | { readonly reason: string };

/**
 * `reason` is the end of a sentence for the sender. Further pictures in the payload are ignored. The parser may keep the payload:
 * the picture may be a part of it.
 */
export function oneImage(parser: ParserFactory, payload: Buffer, given: ParserContext['given'] = 'bare'): OneImage {
  let image: ParsedImage | undefined;
  let reason: string | undefined;
  const instance = parser(
    {
      image(found) {
        image ??= found;
      },
      skipped(_bytes, why) {
        reason ??= why;
      },
    },
    { given },
  );
  instance.push(payload);
  instance.end();
  if (image) return { image };
  return { reason: reason ?? (payload.length === 0 ? 'it is empty' : 'it contains no JPEG or PNG picture') };
}
