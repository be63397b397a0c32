// http/stream: a live MJPEG stream on an HTTP path.

import { defineNode } from '../../core/contract/plugin.ts';
import type { Route } from '../../core/contract/ports.ts';
import type { HttpStreamOptions } from '../../schemas/http/stream.ts';
import { createStream } from '../kit/live/stream.ts';
import { chooseCamera } from '../kit/stills/cameras.ts';
import { refuse } from '../kit/stills/refuse.ts';

export default defineNode<HttpStreamOptions>({
  async start(node) {
    const { path, camera: fixed, stall, repeat, max_viewers: maxViewers } = node.options;
    const stream = await createStream(node, { path, stall, repeat, maxViewers });

    const handler: Route['handler'] = (request, reply, params) => {
      const choice = chooseCamera({ asked: params.camera, fixed, known: stream.cameras, has: stream.has });
      if (!('camera' in choice)) return refuse(reply, choice.status, choice.message);
      return stream.serve(request, reply, choice.camera);
    };
    node.ref('on', 'server').bind((server) => server.route({ methods: ['GET'], path, handler }));
  },
});
