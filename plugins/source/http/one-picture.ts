// Refuses a body that is a stream of pictures while it arrives: an endless request gets no response that could confirm a picture.

import { environment, type Fault } from '../../../core/contract/plugin.ts';

/** The end of a JPEG and the start of the next one. */
const SEAM = Buffer.from([0xff, 0xd9, 0xff, 0xd8]);
/** Limit of pictures in one body: some phones append a preview and a depth map to a picture (CIPA DC-007). */
export const MAX_PICTURES = 4;

export const ONE_PICTURE =
  'This path accepts one picture per request, and the body is a stream of pictures; send it to a source/tcp with "listen" (ffmpeg -f mjpeg tcp://HOST:PORT), or let camd fetch it';

export const isStreamType = (contentType: string | undefined): boolean =>
  /^(multipart\/x-mixed-replace|video\/)/i.test(contentType?.trim() ?? '');

/** Passes the pieces on. Throws the fault `is-stream` when they start like parts of a stream, or hold more than MAX_PICTURES pictures. */
export async function* onePicture(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let tail: Buffer = Buffer.alloc(0);
  let begun = false;
  let pictures = 1;
  for await (const piece of pieces) {
    const joined = tail.length > 0 ? Buffer.concat([tail, piece]) : piece;
    if (!begun && startsLikeParts(joined)) throw isStream();
    for (let at = joined.indexOf(SEAM); at >= 0; at = joined.indexOf(SEAM, at + SEAM.length)) {
      if (++pictures > MAX_PICTURES) throw isStream();
    }
    begun ||= joined.length >= LONGEST_START;
    tail = joined.subarray(Math.max(0, joined.length - SEAM.length + 1));
    yield piece;
  }
}

const LONGEST_START = 4;
const startsLikeParts = (start: Buffer): boolean => /^(\r\n)?--/.test(start.toString('latin1', 0, LONGEST_START));

const isStream = (): Fault => environment('is-stream', ONE_PICTURE);
