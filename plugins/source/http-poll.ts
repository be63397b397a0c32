// source/http-poll: one HTTP request per picture, at an interval or on demand.

import { formatSize } from '../../core/base/units.ts';
import {
  defineNode,
  environment,
  type Fault,
  isFault,
  type Node,
  type ParsedImage,
} from '../../core/contract/plugin.ts';
import type { SourceHttpPollOptions } from '../../schemas/source/http-poll.ts';
import type { CameraResponse } from '../kit/camera/client.ts';
import { createShot, type Shot } from '../kit/camera/shot.ts';
import { examineHttpCamera } from '../kit/capture/examine-http-camera.ts';
import { oneCamera } from '../kit/capture/frame-facts.ts';
import { mediaType, openHttpCamera, refusal } from '../kit/capture/http-camera.ts';
import { checkMessageParse } from '../kit/capture/parse-advice.ts';
import { publishSnapshots } from '../kit/capture/snapshots.ts';
import type { HttpHead } from '../kit/http/fetch.ts';

/** How long a camera may send beyond its Content-Length before the picture counts as truncated. */
const BEYOND_MS = 500;

export default defineNode<SourceHttpPollOptions>({
  check: ({ parse }) => checkMessageParse(parse, 'use source/http-stream for a stream'),
  frames: (options, view) => oneCamera(options, view, options.every),
  examine: (options, view) => examineHttpCamera(view, options),
  async start(node) {
    const { client, what, request, odd } = await openHttpCamera(node, node.options);
    const { max_frame: max } = node.options;
    /** The validators of the last good picture (RFC 9110 §13.1), sent back so that the camera may answer 304. */
    let validators: Record<string, string> = {};
    let isStreamReported = false;

    publishSnapshots(node, node.options, (signal, fresh) => {
      const headers = { accept: 'image/*, */*;q=0.1', ...(fresh ? {} : validators), ...request.headers };
      let shot: Shot | undefined;
      let head: HttpHead | undefined;
      const work = async (response: CameraResponse): Promise<ParsedImage | undefined> => {
        head = response;
        if (response.status === 304 && !fresh) {
          await response.finish();
          return undefined;
        }
        const refused = refusal(what, response, request);
        if (refused) {
          await response.finish();
          throw refused;
        }
        const type = mediaType(response);
        if (type.startsWith('multipart/') && !isStreamReported) {
          isStreamReported = true;
          node.log.warn(
            'the URL is that of a stream, and only one picture of it is used; source/http-stream uses them all',
            { type },
          );
        }
        shot = createShot(node, max, response.headers['content-type'], odd);
        const picture = await takePicture(response, shot);
        if (!picture) response.destroy();
        // Only the next request waits for the rest of this response.
        else void response.finish();
        if (!picture) throw withoutPicture(what, response, shot, max);
        validators = validatorsOf(response);
        return picture;
      };
      return client.run({ ...request, headers, signal }, work).then(
        (picture) => picture && largeEnough(node, what, picture),
        (cause: unknown) => {
          // The camera announced more than the maximum and never sent it.
          const announced = Number(head?.headers['content-length'] ?? 0);
          if (shot && isFault(cause) && cause.code === 'deadline' && announced > max) throw tooLarge(what, max);
          throw cause;
        },
      );
    });
  },
});

/** Resolves as soon as the picture is complete, regardless of the rest of the response. */
async function takePicture(response: CameraResponse, shot: Shot): Promise<ParsedImage | undefined> {
  const end = await response.read(shot.push);
  const found = shot.picture ?? shot.end();
  if (found !== undefined || shot.isOver || end !== 'complete') return found;
  // The Content-Length may be too small: bytes beyond it may complete the picture.
  const timer = setTimeout(response.destroy, BEYOND_MS);
  await response.readOn(shot.push).catch(() => {});
  clearTimeout(timer);
  return shot.picture ?? shot.end();
}

function withoutPicture(what: string, head: HttpHead, shot: Shot, max: number): Fault {
  if (shot.isOver) return tooLarge(what, max);
  const type = mediaType(head) || 'no Content-Type';
  const why = shot.reason === undefined ? '' : ` (${shot.reason})`;
  const size = formatSize(shot.bytes);
  return environment('no-picture', `${what} answered with ${size} of ${type} that contain no whole picture${why}.`);
}

const tooLarge = (what: string, max: number): Fault =>
  environment('too-large', `${what} answered with more than ${formatSize(max)}, the allowed maximum.`);

function largeEnough(node: Node<SourceHttpPollOptions>, what: string, picture: ParsedImage): ParsedImage {
  if (picture.data.length >= node.options.min_size) return picture;
  node.metrics.count('too_small_total');
  const size = formatSize(picture.data.length);
  throw environment('too-small', `${what} sent a picture of ${size}, which is less than min_size.`);
}

function validatorsOf({ headers }: HttpHead): Record<string, string> {
  const { etag, 'last-modified': modified } = headers;
  return {
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
    ...(modified === undefined ? {} : { 'if-modified-since': modified }),
  };
}
