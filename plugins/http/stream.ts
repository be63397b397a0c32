// http/stream: a live MJPEG stream on an HTTP path.

import { defineNode } from '../../core/contract/plugin.ts';
import type { Route } from '../../core/contract/ports.ts';
import type { HttpStreamOptions } from '../../schemas/http/stream.ts';
import { reportServed } from '../kit/http/camera-urls.ts';
import { maySee } from '../kit/http/people.ts';
import { createStream, type Known } from '../kit/live/stream.ts';
import { checkOneCamera } from '../kit/stills/advice.ts';
import { type CameraAnswer, cameraOf, chooseCamera } from '../kit/stills/cameras.ts';
import { NOT_YOURS, refuse } from '../kit/stills/refuse.ts';

export default defineNode<HttpStreamOptions>({
  check: ({ path, camera }, view) => checkOneCamera(path, camera, view.frames('from')),
  async start(node) {
    const { path, camera: fixed, stall, repeat, max_viewers: maxViewers } = node.options;
    const choose = (requested: string | undefined, { cameras, has }: Known): CameraAnswer =>
      chooseCamera({ asked: requested, fixed, known: cameras, has });
    const shows = (_requested: string, known: Known): string | undefined => cameraOf(choose(undefined, known));
    const stream = await createStream(node, { path, stall, repeat, maxViewers, shows });

    const handler: Route['handler'] = (request, reply, params) => {
      const choice = choose(params.camera, stream);
      if (!('camera' in choice)) return refuse(reply, choice.status, choice.message);
      if (!maySee(request.person, choice.camera)) return refuse(reply, 404, NOT_YOURS);
      return stream.serve(request, reply, choice.camera, params.camera === undefined ? '' : undefined);
    };
    const on = node.ref('on', 'server');
    on.bind((server) => server.route({ methods: ['GET'], path, cameras: 'own', handler }));
    const { cameras, watching: viewers } = stream;
    const only = (): string | undefined => shows('', stream);
    node.cameras.report(() => reportServed({ on, paths: { stream: path }, cameras, only, viewers }));
  },
});
