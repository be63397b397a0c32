// parse/multipart: the pictures of a multipart/x-mixed-replace body (RFC 2046 §5.1).

import { defineParser } from '../../../core/contract/plugin.ts';
import type { ParseMultipartOptions } from '../../../schemas/parse/multipart.ts';
import { boundaryOf, isDelimiter } from './boundary.ts';
import { createLineReader } from './line-reader.ts';
import { createPartBody, type PartBody } from './part-body.ts';
import { isOtherThanPicture, readPartHead } from './part-head.ts';

/** Text of a part's head; RFC 9110 servers accept about as much for a whole response. */
const LONGEST_HEAD = 16 * 1024;

/** Where the next byte stands: outside a part, behind a delimiter on its line, in a part's head, in its body. */
type Phase = 'outside' | 'delimiter' | 'head' | 'body';

export default defineParser<ParseMultipartOptions>({
  create(options, sink, context) {
    const boundary =
      options.boundary ?? (context.contentType === undefined ? undefined : boundaryOf(context.contentType));
    const line = createLineReader(LONGEST_HEAD);
    let phase: Phase = 'outside';
    /** As the stream itself writes it, which is not always as its Content-Type announces it. */
    let delimiter: string | undefined;
    let head: string[] = [];
    let headBytes = 0;
    let body: PartBody | undefined;
    let expected: number | undefined;

    const outside = (text: string, bytes: number) => {
      const opens = delimiter === undefined ? isDelimiter(text, boundary) : text.startsWith(delimiter);
      if (opens) {
        delimiter ??= text.trimEnd();
        behindDelimiter(text.slice(delimiter.length));
      } else if (text.trim() !== '') sink.skipped(bytes, 'garbage');
    };
    /** "--" closes the body; some cameras go on after it all the same. */
    const behindDelimiter = (rest: string) => {
      phase = rest.startsWith('--') ? 'outside' : 'head';
      head = [];
      headBytes = 0;
    };
    const inHead = (text: string, bytes: number) => {
      headBytes += bytes;
      if (headBytes > LONGEST_HEAD) {
        sink.skipped(headBytes, 'part head too long');
        phase = 'outside';
      } else if (text.trim() !== '') head.push(text);
      else {
        const { type, length, time } = readPartHead(head);
        body = createPartBody({
          delimiter: delimiter ?? '--',
          length,
          maxFrame: options.max_frame,
          wanted: !isOtherThanPicture(type),
          expected,
          image(image) {
            expected = image.data.length;
            sink.image(time === undefined ? image : { ...image, time });
          },
          skipped: sink.skipped,
        });
        phase = 'body';
      }
    };

    return {
      push(chunk) {
        let at = 0;
        while (at < chunk.length) {
          if (phase === 'body' && body !== undefined) {
            at = body.take(chunk, at);
            if (body.state !== 'open') {
              phase = body.state === 'delimited' ? 'delimiter' : 'outside';
              body = undefined;
            }
            continue;
          }
          at = line.take(chunk, at);
          const text = line.line;
          if (text === undefined) continue;
          if (phase === 'outside') outside(text, line.bytes);
          else if (phase === 'delimiter') behindDelimiter(text);
          else inHead(text, line.bytes);
        }
      },
      end() {
        body?.end();
        body = undefined;
        phase = 'outside';
        delimiter = undefined;
      },
    };
  },
});
