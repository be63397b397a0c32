// parse/multipart: the pictures of a multipart/x-mixed-replace body (RFC 2046 §5.1), as cameras really send it.

import { defineParser } from '../../../core/contract/plugin.ts';
import type { ParseMultipartOptions } from '../../../schemas/parse/multipart.ts';
import { createJpegFramer, type JpegFramer } from '../../kit/image/jpeg-framer.ts';
import { boundaryOf, findDelimiter, LONGEST_DELIMITER } from './boundary.ts';
import { needleOf } from './delimiter-search.ts';
import { createFollower } from './follower.ts';
import { createLineReader } from './line-reader.ts';
import { createPartBody, type PartBody } from './part-body.ts';
import { headLines, isHeaderLine, isOtherThanPicture, type PartHead, readPartHead } from './part-head.ts';

/** Limit of a part's head, in characters; RFC 9110 servers accept about as much for a whole response. */
const LONGEST_HEAD = 16 * 1024;
const SOI = Buffer.from([0xff, 0xd8]);
const DASH = 0x2d;
const CR = 0x0d;

/** The irregularity of a picture that begins in this phase. */
const ODD_BEGINNING = {
  outside: 'boundary_missing',
  delimiter: 'boundary_glued',
  head: 'unended_head',
  body: 'unended_head',
} as const;

/** Position of the next byte: outside a part, after a delimiter on its line, in a part's head, in its body. */
type Phase = 'outside' | 'delimiter' | 'head' | 'body';

export default defineParser<ParseMultipartOptions>({
  create(options, sink, context) {
    const boundary =
      options.boundary ?? (context.contentType === undefined ? undefined : boundaryOf(context.contentType));
    const odd = (code: string): void => sink.odd?.(code);
    const line = createLineReader(LONGEST_HEAD);
    const follow = createFollower(options.max_frame);
    let phase: Phase = 'outside';
    /** As in the stream itself, which may differ from the Content-Type. */
    let delimiter: string | undefined;
    /** True for a delimiter that was not announced: it is accepted if part headers follow it. */
    let isTentative = false;
    let head: string[] = [];
    let headBytes = 0;
    /** The part whose body comes next, until its first byte arrives. */
    let nextPart: PartHead | undefined;
    let body: PartBody | undefined;
    let needle = needleOf('--');
    let expected: number | undefined;
    /** True once a part's length was too large. */
    let isLengthWrong = false;
    /** For a stream without parts: JPEGs follow one another. */
    let bare: JpegFramer | undefined;

    const outside = (text: string, bytes: number) => {
      const found = findDelimiter(text.trimStart(), delimiter, boundary);
      if (found === undefined) {
        if (text.trim() !== '') sink.skipped(bytes, 'garbage');
        return;
      }
      delimiter = found.delimiter;
      isTentative = found.isTentative;
      afterDelimiter(found.rest);
    };
    /** "--" closes the body; some cameras continue after it nevertheless. */
    const afterDelimiter = (rest: string) => {
      phase = rest.startsWith('--') ? 'outside' : 'head';
      head = [];
      headBytes = 0;
      const lines = phase === 'head' ? headLines(rest) : [];
      if (lines.length > 0) odd('boundary_glued');
      head.push(...lines);
    };
    const inHead = (text: string, bytes: number) => {
      headBytes += bytes;
      const isBlank = text.trim() === '';
      if (isTentative && head.length === 0 && !isBlank && !isHeaderLine(text)) {
        // Two dashes without a part after them are text.
        sink.skipped(headBytes + (delimiter?.length ?? 0), 'garbage');
        delimiter = undefined;
        phase = 'outside';
      } else if (headBytes > LONGEST_HEAD) {
        sink.skipped(headBytes, 'part head too long');
        phase = 'outside';
      } else if (isBlank) startBody();
      else if (delimiter !== undefined && text.startsWith(delimiter)) afterDelimiter(text.slice(delimiter.length));
      else head.push(text);
    };
    const startBody = () => {
      if (isTentative) odd('boundary_differs');
      isTentative = false;
      nextPart = readPartHead(head);
      phase = 'body';
    };
    /** Skips a part whose body is empty. Returns the position after the next delimiter; undefined if the body is not empty. */
    const skipEmpty = ({ length = 0 }: PartHead, chunk: Buffer, at: number): number | undefined => {
      if (length > 0 || delimiter === undefined || chunk[at] !== delimiter.charCodeAt(0)) return undefined;
      const end = at + delimiter.length;
      return chunk.toString('latin1', at, end) === delimiter ? end : undefined;
    };
    const bodyOf = ({ type, length, time }: PartHead): PartBody => {
      if (needle.delimiter !== delimiter) needle = needleOf(delimiter ?? '--');
      return createPartBody({
        needle: needle.bytes,
        follow,
        length: isLengthWrong ? undefined : length,
        maxFrame: options.max_frame,
        wanted: !isOtherThanPicture(type),
        expected,
        image(image) {
          expected = image.data.length;
          sink.image(time === undefined ? image : { ...image, time });
        },
        skipped: sink.skipped,
        odd,
      });
    };
    /** Begins a body and returns the position of its first byte, or the one after an empty body. */
    const beginBody = (part: PartHead, chunk: Buffer, at: number): number => {
      nextPart = undefined;
      const next = skipEmpty(part, chunk, at);
      if (next === undefined) body = bodyOf(part);
      else phase = 'delimiter';
      return next ?? at;
    };
    const startBare = () => {
      odd('bare_pictures');
      bare = createJpegFramer(options.max_frame, {
        image: (data, { width, height }) => sink.image({ data, type: 'image/jpeg', width, height, hasHeadroom: true }),
        skipped: sink.skipped,
        odd,
      });
    };
    /** Passes bytes to the body and returns the position after them. */
    const continueBody = (part: PartBody, chunk: Buffer, at: number): number => {
      const next = part.take(chunk, at);
      if (part.state === 'open') return next;
      phase = part.state === 'delimited' ? 'delimiter' : 'outside';
      isLengthWrong ||= part.isLengthWrong;
      body = undefined;
      if (part.rest !== undefined) consume(part.rest);
      return next;
    };
    /**
     * Finds a picture at the position of a line: its part has no head or no delimiter, or the head no end. Returns the picture's
     * position; undefined if there is none.
     */
    const pictureAt = (chunk: Buffer, from: number): number | undefined => {
      if (!line.isEmpty) return undefined;
      const at = chunk[from] === CR && chunk[from + 1] === 0xff ? from + 1 : from;
      if (chunk[at] !== 0xff) return undefined;
      if (phase === 'outside' && delimiter === undefined) {
        startBare();
        return at;
      }
      // A single FF outside of a part is garbage.
      if (phase === 'outside' && (chunk[at + 1] ?? SOI[1]) !== SOI[1]) return undefined;
      line.skip();
      odd(ODD_BEGINNING[phase]);
      if (phase !== 'head') afterDelimiter('');
      startBody();
      return at;
    };
    /** Finds a first delimiter with the picture on its line, which may have no end. Returns the picture's position. */
    const gluedPicture = (chunk: Buffer, at: number): number | undefined => {
      if (phase !== 'outside' || !line.isEmpty || chunk[at] !== DASH) return undefined;
      const near = chunk.subarray(at, at + LONGEST_DELIMITER);
      const picture = near.indexOf(SOI);
      const end = near.indexOf(0x0a);
      if (picture === -1 || (end !== -1 && end < picture)) return undefined;
      const found = findDelimiter(near.toString('latin1', 0, picture), delimiter, boundary);
      if (found === undefined || found.rest.trim() !== '') return undefined;
      delimiter = found.delimiter;
      isTentative = found.isTentative;
      phase = 'delimiter';
      return at + picture;
    };
    const consume = (chunk: Buffer) => {
      let at = 0;
      while (at < chunk.length) {
        if (bare !== undefined) {
          bare.push(chunk.subarray(at));
          return;
        }
        if (phase === 'body') {
          if (nextPart !== undefined) at = beginBody(nextPart, chunk, at);
          else if (body !== undefined) at = continueBody(body, chunk, at);
          continue;
        }
        const picture = pictureAt(chunk, at) ?? gluedPicture(chunk, at);
        if (picture !== undefined) {
          at = picture;
          continue;
        }
        at = line.take(chunk, at);
        const text = line.line;
        if (text === undefined) continue;
        if (phase === 'outside') outside(text, line.bytes);
        else if (phase === 'delimiter') afterDelimiter(text);
        else inHead(text, line.bytes);
      }
    };

    return {
      push: consume,
      end() {
        body?.end();
        bare?.end();
        nextPart = undefined;
        body = undefined;
        bare = undefined;
        phase = 'outside';
        delimiter = undefined;
      },
    };
  },
});
