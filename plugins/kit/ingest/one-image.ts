// Parses a payload that must contain exactly one picture.

import type { ParsedImage, ParserFactory } from '../../../core/contract/plugin.ts';

export type OneImage = { readonly image: ParsedImage } | { readonly reason: string };

/** `reason` is the end of a sentence for whoever sent the payload. Further pictures in it are ignored. */
export function oneImage(parser: ParserFactory, payload: Buffer, contentType?: string): OneImage {
  let image: ParsedImage | undefined;
  let reason: string | undefined;
  const made = parser(
    {
      image(found) {
        image ??= found;
      },
      skipped(_bytes, why) {
        reason ??= why;
      },
    },
    contentType === undefined ? {} : { contentType },
  );
  made.push(payload);
  made.end();
  if (image) return { image };
  return { reason: reason ?? (payload.length === 0 ? 'it is empty' : 'it contains no JPEG or PNG picture') };
}
