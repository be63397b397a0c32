// source/http-stream: the multipart/x-mixed-replace stream of a network camera.

import type { Readable } from 'node:stream';
import { reason } from '../../core/base/reason.ts';
import { defineNode, environment, type Fault } from '../../core/contract/plugin.ts';
import type { SourceHttpStreamOptions } from '../../schemas/source/http-stream.ts';
import { keepOpen, type Opening } from '../kit/capture/feed.ts';
import { mediaType, openHttpCamera, refusal } from '../kit/capture/http-camera.ts';
import { publishFrames } from '../kit/capture/sink.ts';

export default defineNode<SourceHttpStreamOptions>({
  async start(node) {
    const { timeout, skip, parse } = node.options;
    const { client, what, request } = await openHttpCamera(node, node.options);
    const multipart = (typeof parse === 'string' ? parse : parse.use) === 'multipart';

    publishFrames(node, node.options, (sink, signal) =>
      keepOpen(node, { what, timeout, skip }, sink, signal, async (opening) => {
        const headers = { accept: 'multipart/x-mixed-replace, image/*;q=0.5, */*;q=0.1', ...request.headers };
        const stream = await client.open({ ...request, headers, signal: opening.signal });
        const wrong =
          refusal(what, stream, request.auth !== undefined) ?? wrongType(what, mediaType(stream), multipart);
        if (wrong) {
          stream.body.destroy();
          throw wrong;
        }
        const contentType = stream.headers['content-type'];
        const push = opening.begin(contentType === undefined ? {} : { contentType });
        await pump(stream.body, push, opening, what);
      }),
    );
  },
});

function wrongType(what: string, type: string, multipart: boolean): Fault | undefined {
  const found = type === '' ? 'something without a Content-Type' : type;
  if (multipart ? type.startsWith('multipart/') : !/^(?:text|application\/(?:json|xml))/.test(type)) return undefined;
  if (type.startsWith('image/')) {
    return environment(
      'not-a-stream',
      `${what} answered with one picture (${type}), not a stream: use source/http-poll.`,
    );
  }
  return environment('not-a-stream', `${what} answered with ${found} where multipart/x-mixed-replace was expected.`);
}

/** Rejects with the reason why the stream ended. */
function pump(body: Readable, push: (chunk: Buffer) => void, opening: Opening, what: string): Promise<void> {
  return new Promise((_, reject) => {
    let cause: Error | undefined;
    const stop = (): void => void body.destroy();
    opening.signal.addEventListener('abort', stop, { once: true });
    if (opening.signal.aborted) stop();
    body.on('data', push);
    body.once('error', (error) => {
      cause = error;
    });
    body.once('close', () => {
      opening.signal.removeEventListener('abort', stop);
      const why = cause ? `The connection with ${what} was lost: ${reason(cause)}.` : `${what} has closed the stream.`;
      reject(environment('feed-ended', why, cause));
    });
  });
}
