// source/http-poll: one HTTP request per picture, at an interval or on demand.

import { formatSize } from '../../core/base/units.ts';
import { defineNode, environment, Fault, type Node, type ParsedImage } from '../../core/contract/plugin.ts';
import type { SourceHttpPollOptions } from '../../schemas/source/http-poll.ts';
import { mediaType, openHttpCamera, refusal } from '../kit/capture/http-camera.ts';
import { publishSnapshots } from '../kit/capture/snapshots.ts';
import type { HttpReply } from '../kit/http/fetch.ts';

export default defineNode<SourceHttpPollOptions>({
  async start(node) {
    const { client, what, request } = await openHttpCamera(node, node.options);
    const { max_frame: maxBytes } = node.options;
    /** The validators of the last good picture (RFC 9110 §13.1), sent back so that the camera may answer 304. */
    let validators: Record<string, string> = {};

    publishSnapshots(node, node.options, async (signal, fresh) => {
      const headers = { accept: 'image/*, */*;q=0.1', ...(fresh ? {} : validators), ...request.headers };
      const reply = await client.fetch({ ...request, headers, signal, maxBytes });
      if (reply.status === 304 && !fresh) return undefined;
      const refused = refusal(what, reply, request.auth !== undefined);
      if (refused) throw refused;
      const picture = recognise(node, what, reply);
      validators = validatorsOf(reply);
      return picture;
    });
  },
});

function validatorsOf(reply: HttpReply): Record<string, string> {
  const { etag, 'last-modified': modified } = reply.headers;
  return {
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
    ...(modified === undefined ? {} : { 'if-modified-since': modified }),
  };
}

function recognise(node: Node<SourceHttpPollOptions>, what: string, reply: HttpReply): ParsedImage {
  let picture: ParsedImage | undefined;
  let why = '';
  const sink = {
    image(found: ParsedImage) {
      picture = found;
    },
    skipped(bytes: number, reason: string) {
      node.metrics.count('skipped_bytes_total', bytes);
      why = ` (${reason})`;
    },
  };
  const contentType = reply.headers['content-type'];
  const parser = node.parser?.(sink, contentType === undefined ? {} : { contentType });
  if (!parser) throw new Fault('bug', 'no-parser', 'The source has no parser.');
  if (reply.body.length > 0) parser.push(reply.body);
  parser.end();
  const size = formatSize(reply.body.length);
  if (!picture) {
    const type = mediaType(reply) || 'no Content-Type';
    throw environment('no-picture', `${what} answered with ${size} of ${type} that contain no whole picture${why}.`);
  }
  if (picture.data.length < node.options.min_size) {
    node.metrics.count('too_small_total');
    throw environment('too-small', `${what} sent a picture of ${size}, which is less than min_size.`);
  }
  return picture;
}
