// Refuses bodies that are a stream of pictures while they arrive: an endless request has no answer that could confirm a picture.

import { environment, type Fault } from '../../../core/contract/plugin.ts';

/** A picture's end and the next one's begin. */
const SEAM = Buffer.from([0xff, 0xd9, 0xff, 0xd8]);
/** Pictures in one body: some phones append a preview and a depth map to a picture (CIPA DC-007). */
export const MAX_PICTURES = 4;

export const ONE_PICTURE =
  'This path takes one picture per request, and the body is a stream of pictures; send it to a source/tcp with "listen" (ffmpeg -f mjpeg tcp://HOST:PORT), or let camd fetch it';

export const isStreamType = (contentType: string | undefined): boolean =>
  /^(multipart\/x-mixed-replace|video\/)/i.test(contentType?.trim() ?? '');

/** Passes pieces on. Throws the fault `is-stream` when they start like parts of a stream, or hold more than MAX_PICTURES pictures. */
export async function* onePicture(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let tail: Buffer = Buffer.alloc(0);
  let begun = false;
  let pictures = 1;
  for await (const piece of pieces) {
    const seen = tail.length > 0 ? Buffer.concat([tail, piece]) : piece;
    if (!begun && startsLikeParts(seen)) throw isStream();
    for (let at = seen.indexOf(SEAM); at >= 0; at = seen.indexOf(SEAM, at + SEAM.length)) {
      if (++pictures > MAX_PICTURES) throw isStream();
    }
    begun ||= seen.length >= LONGEST_START;
    tail = seen.subarray(Math.max(0, seen.length - SEAM.length + 1));
    yield piece;
  }
}

const LONGEST_START = 4;
const startsLikeParts = (start: Buffer): boolean => /^(\r\n)?--/.test(start.toString('latin1', 0, LONGEST_START));

const isStream = (): Fault => environment('is-stream', ONE_PICTURE);
