// parse/multipart: the pictures of a multipart/x-mixed-replace body (RFC 2046 §5.1), as cameras really write it.

import { defineParser } from '../../../core/contract/plugin.ts';
import type { ParseMultipartOptions } from '../../../schemas/parse/multipart.ts';
import { createJpegFramer, type JpegFramer } from '../../kit/image/jpeg-framer.ts';
import { boundaryOf, findDelimiter, LONGEST_DELIMITER } from './boundary.ts';
import { needleOf } from './delimiter-search.ts';
import { createFollower } from './follower.ts';
import { createLineReader } from './line-reader.ts';
import { createPartBody, type PartBody } from './part-body.ts';
import { headLines, isHeaderLine, isOtherThanPicture, type PartHead, readPartHead } from './part-head.ts';

/** Text of a part's head; RFC 9110 servers accept about as much for a whole response. */
const LONGEST_HEAD = 16 * 1024;
const SOI = Buffer.from([0xff, 0xd8]);
const DASH = 0x2d;
const CR = 0x0d;

/** What is wrong when a picture begins here. */
const ODD_BEGINNING = {
  outside: 'boundary_missing',
  delimiter: 'boundary_glued',
  head: 'unended_head',
  body: 'unended_head',
} as const;

/** Where the next byte stands: outside a part, behind a delimiter on its line, in a part's head, in its body. */
type Phase = 'outside' | 'delimiter' | 'head' | 'body';

export default defineParser<ParseMultipartOptions>({
  create(options, sink, context) {
    const boundary =
      options.boundary ?? (context.contentType === undefined ? undefined : boundaryOf(context.contentType));
    const odd = (code: string): void => sink.odd?.(code);
    const line = createLineReader(LONGEST_HEAD);
    const follow = createFollower(options.max_frame);
    let phase: Phase = 'outside';
    /** As the stream itself writes it, which is not always as its Content-Type announces it. */
    let delimiter: string | undefined;
    /** Another delimiter than the announced one: believed when part headers follow it. */
    let isTentative = false;
    let head: string[] = [];
    let headBytes = 0;
    /** The part whose body comes next, until its first byte is there. */
    let begun: PartHead | undefined;
    let body: PartBody | undefined;
    let needle = needleOf('--');
    let expected: number | undefined;
    /** The lengths of parts have turned out to be too large. */
    let isLengthWrong = false;
    /** The stream has no parts: JPEGs follow one another. */
    let bare: JpegFramer | undefined;

    const outside = (text: string, bytes: number) => {
      const found = findDelimiter(text.trimStart(), delimiter, boundary);
      if (found === undefined) {
        if (text.trim() !== '') sink.skipped(bytes, 'garbage');
        return;
      }
      delimiter = found.delimiter;
      isTentative = found.isTentative;
      behindDelimiter(found.rest);
    };
    /** "--" closes the body; some cameras go on after it all the same. */
    const behindDelimiter = (rest: string) => {
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
        // Two dashes and no part behind them: a text.
        sink.skipped(headBytes + (delimiter?.length ?? 0), 'garbage');
        delimiter = undefined;
        phase = 'outside';
      } else if (headBytes > LONGEST_HEAD) {
        sink.skipped(headBytes, 'part head too long');
        phase = 'outside';
      } else if (isBlank) startBody();
      else if (delimiter !== undefined && text.startsWith(delimiter)) behindDelimiter(text.slice(delimiter.length));
      else head.push(text);
    };
    const startBody = () => {
      if (isTentative) odd('boundary_differs');
      isTentative = false;
      begun = readPartHead(head);
      phase = 'body';
    };
    /** No more than a delimiter: such parts cost nothing. Returns where the byte behind the next delimiter stands. */
    const passEmpty = ({ length = 0 }: PartHead, chunk: Buffer, at: number): number | undefined => {
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
    /** Takes the first bytes of a body. */
    const beginBody = (part: PartHead, chunk: Buffer, at: number): number => {
      begun = undefined;
      const next = passEmpty(part, chunk, at);
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
    /** Takes bytes of the body and returns where it ended. */
    const throughBody = (part: PartBody, chunk: Buffer, at: number): number => {
      const next = part.take(chunk, at);
      if (part.state === 'open') return next;
      phase = part.state === 'delimited' ? 'delimiter' : 'outside';
      isLengthWrong ||= part.isLengthWrong;
      body = undefined;
      if (part.rest !== undefined) consume(part.rest);
      return next;
    };
    /**
     * A picture where a line should begin: its part has no head or no delimiter, or the head no end. Returns where it
     * begins; undefined: it does not.
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
      if (phase !== 'head') behindDelimiter('');
      startBody();
      return at;
    };
    /** The first delimiter, when the picture follows it on its line: such a line has no end that could be waited for. */
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
          if (begun !== undefined) at = beginBody(begun, chunk, at);
          else if (body !== undefined) at = throughBody(body, chunk, at);
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
        else if (phase === 'delimiter') behindDelimiter(text);
        else inHead(text, line.bytes);
      }
    };

    return {
      push: consume,
      end() {
        body?.end();
        bare?.end();
        begun = undefined;
        body = undefined;
        bare = undefined;
        phase = 'outside';
        delimiter = undefined;
      },
    };
  },
});
