// http/stream: a live MJPEG stream on an HTTP path.

import { defineNode } from '../../core/contract/plugin.ts';
import type { Route } from '../../core/contract/ports.ts';
import type { HttpStreamOptions } from '../../schemas/http/stream.ts';
import { createStream, type Known } from '../kit/live/stream.ts';
import { type CameraAnswer, chooseCamera } from '../kit/stills/cameras.ts';
import { refuse } from '../kit/stills/refuse.ts';

export default defineNode<HttpStreamOptions>({
  async start(node) {
    const { path, camera: fixed, stall, repeat, max_viewers: maxViewers } = node.options;
    const choose = (asked: string | undefined, { cameras, has }: Known): CameraAnswer =>
      chooseCamera({ asked, fixed, known: cameras, has });
    const shows = (_asked: string, known: Known): string | undefined => {
      const choice = choose(undefined, known);
      return 'camera' in choice ? choice.camera : undefined;
    };
    const stream = await createStream(node, { path, stall, repeat, maxViewers, shows });

    const handler: Route['handler'] = (request, reply, params) => {
      const choice = choose(params.camera, stream);
      if (!('camera' in choice)) return refuse(reply, choice.status, choice.message);
      return stream.serve(request, reply, choice.camera, params.camera === undefined ? '' : undefined);
    };
    node.ref('on', 'server').bind((server) => server.route({ methods: ['GET'], path, handler }));
  },
});
