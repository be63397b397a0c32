// source/http-stream: the multipart/x-mixed-replace stream of a network camera.

import { reason } from '../../core/base/reason.ts';
import { defineNode, environment, type Fault, type ParsedImage } from '../../core/contract/plugin.ts';
import type { SourceHttpStreamOptions } from '../../schemas/source/http-stream.ts';
import type { CameraResponse } from '../kit/camera/client.ts';
import { examineHttpCamera } from '../kit/capture/examine-http-camera.ts';
import { keepOpen, type Opening } from '../kit/capture/feed.ts';
import { oneCamera } from '../kit/capture/frame-facts.ts';
import { mediaType, openHttpCamera, refusal } from '../kit/capture/http-camera.ts';
import { checkStreamParse } from '../kit/capture/parse-advice.ts';
import { publishFrames } from '../kit/capture/sink.ts';

/** Limit of white space and stray header lines before the start of the stream, in bytes. */
const MAX_BEFORE = 16 * 1024;

type Push = (chunk: Buffer) => void;

export default defineNode<SourceHttpStreamOptions>({
  check: ({ parse }) => checkStreamParse(parse, 'use source/http-poll for pictures one by one'),
  frames: (options, view) => oneCamera(options, view),
  examine: (options, view) => examineHttpCamera(view, options),
  async start(node) {
    const { timeout, skip, parse } = node.options;
    const { client, what, request, odd } = await openHttpCamera(node, node.options);
    const isMultipart = (typeof parse === 'string' ? parse : parse.use) === 'multipart';
    // A boundary in the profile overrides the Content-Type.
    const isCertain = typeof parse === 'object' && 'boundary' in parse;

    // A camera's clock may be years off, and retention depends on the time of a picture.
    const { clock_window: window } = node.options;
    const trusted = (image: ParsedImage): ParsedImage => {
      if (image.time === undefined || Math.abs(image.time - node.clock.now()) <= window) return image;
      odd('clock');
      const { time: _wrong, ...rest } = image;
      return rest;
    };

    publishFrames(node, node.options, (sink, signal) =>
      keepOpen(
        node,
        { what, timeout, skip, odd },
        { ...sink, hand: (image) => sink.hand(trusted(image)) },
        signal,
        async (opening) => {
          const headers = { accept: 'multipart/x-mixed-replace, image/*;q=0.5, */*;q=0.1', ...request.headers };
          const response = await client.open({ ...request, headers, signal: opening.signal });
          try {
            const wrong = refusal(what, response, request);
            if (wrong) throw wrong;
            const type = mediaType(response);
            const isExpected = isCertain || (isMultipart ? type.startsWith('multipart/') : !TEXT.test(type));
            const contentType = response.headers['content-type'];
            const push = opening.begin(contentType === undefined ? {} : { contentType });
            if (isExpected) throw await pump(response, push, opening, what);
            const sniff = createSniff(push, { what, type }, odd);
            const ended = await pump(response, sniff.push, opening, what);
            throw sniff.isDecided() ? ended : unexpected({ what, type });
          } finally {
            response.destroy();
          }
        },
      ),
    );
  },
});

const TEXT = /^(?:text|application\/(?:json|xml))/;

/** A response whose media type is not that of a stream. */
interface Doubtful {
  readonly what: string;
  readonly type: string;
}

const isPicture = ({ type }: Doubtful): boolean => type.startsWith('image/');

function unexpected({ what, type }: Doubtful): Fault {
  if (isPicture({ what, type })) {
    const why = `${what} answered with one picture (${type}), not a stream: use source/http-poll.`;
    return environment('not-a-stream', why);
  }
  const found = type === '' ? 'a body without a Content-Type' : type;
  return environment('not-a-stream', `${what} answered with ${found} where multipart/x-mixed-replace was expected.`);
}

/** Lines that look like headers, after a head that ended too early. */
const HEADERS = /^(?:[ \t]*[\w-]+[ \t]*:[^\n]*\n|[ \t]*\r?\n)*/;
/** The beginning of a text that may become such a line. */
const BEGUN = /^[ \t]*(?:[\w-]+[ \t]*(?::[^\n]*)?)?\r?$/;

/**
 * Recognizes a stream by its first bytes if its Content-Type is another. Two dashes begin a multipart body; a JPEG begins a
 * sequence of JPEGs, unless the Content-Type is that of one picture.
 */
function createSniff(
  push: Push,
  doubtful: Doubtful,
  odd: (code: string) => void,
): { push: Push; isDecided(): boolean } {
  let begin: Buffer | undefined = Buffer.alloc(0);
  const inspect = (chunk: Buffer): void => {
    if (begin === undefined) {
      push(chunk);
      return;
    }
    begin = Buffer.concat([begin, chunk]);
    const text = begin.toString('latin1', 0, MAX_BEFORE).replace(HEADERS, '').trimStart();
    if (begin.length < MAX_BEFORE && (text.length < 2 || BEGUN.test(text))) return;
    const isStream = text.startsWith('--') || (text.startsWith('\xff\xd8') && !isPicture(doubtful));
    if (!isStream) throw unexpected(doubtful);
    odd('content_type');
    const first = begin;
    begin = undefined;
    push(first);
  };
  return { push: inspect, isDecided: () => begin === undefined };
}

/** Resolves with the reason why the stream ended. */
async function pump(response: CameraResponse, push: Push, { signal }: Opening, what: string): Promise<Fault> {
  let wrong: unknown;
  const take = (chunk: Buffer): boolean => {
    try {
      push(chunk);
    } catch (cause) {
      wrong = cause;
    }
    return wrong !== undefined || signal.aborted;
  };
  try {
    let end = await response.read(take);
    // A stream has no length: the camera's Content-Length is ignored.
    if (end === 'complete') end = await response.readOn(take);
    if (wrong !== undefined) throw wrong;
    const isMalformed = end === 'malformed';
    return environment(
      'feed-ended',
      isMalformed ? `${what} sends chunks that cannot be read.` : `${what} has closed the stream.`,
    );
  } catch (cause) {
    if (cause === wrong) throw cause;
    return environment('feed-ended', `The connection with ${what} was lost: ${reason(cause)}.`, cause);
  }
}
