// http/snapshot: the newest picture of a camera on an HTTP path.

import { randomBytes } from 'node:crypto';
import type { HttpReply, HttpRequest } from '../../core/contract/http.ts';
import { defineNode } from '../../core/contract/plugin.ts';
import type { Route, Stills } from '../../core/contract/ports.ts';
import type { HttpSnapshotOptions } from '../../schemas/http/snapshot.ts';
import { reportServed } from '../kit/http/camera-urls.ts';
import { maySee } from '../kit/http/people.ts';
import { checkOneCamera } from '../kit/stills/advice.ts';
import { createPictureAnswers } from '../kit/stills/answer.ts';
import { type CameraAnswer, cameraOf, createCameraChoice } from '../kit/stills/cameras.ts';
import { NOT_YOURS, refuse } from '../kit/stills/refuse.ts';
import { createSnapshot } from '../kit/stills/snapshot.ts';

export default defineNode<HttpSnapshotOptions>({
  check: ({ path, camera }, view) => checkOneCamera(path, camera, view.frames('from')),
  async start(node) {
    const { path, camera: fixed, offline, timeout, wait, max_waiting: maxWaiting } = node.options;
    const stills = node.ref('from', 'stills');
    const boot = await node.durable('boot', {
      same: [path],
      create: () => randomBytes(6).toString('base64url'),
      dispose: () => {},
    });
    const snapshot = createSnapshot({
      answers: createPictureAnswers(boot),
      stills: () => stills.current(),
      offline,
      timeout,
      wait,
      maxWaiting,
      count: (name) => node.metrics.count(name),
    });

    const choose = createCameraChoice(
      {
        fixed,
        known: () => stills.current()?.cameras() ?? [],
        has: (camera) => stills.current()?.latest(camera) !== undefined,
      },
      () => node.clock.monotonic(),
    );

    /** Looks for a camera that the store has not listed yet. */
    const seek = async (request: HttpRequest, reply: HttpReply, port: Stills, camera: string): Promise<unknown> => {
      const found = await port.find?.(camera);
      if (found) return snapshot(request, reply, camera, found);
      return answer(request, reply, choose(camera));
    };
    const answer = (request: HttpRequest, reply: HttpReply, choice: CameraAnswer): unknown => {
      if (!('camera' in choice)) return refuse(reply, choice.status, choice.message);
      if (!maySee(request.person, choice.camera)) return refuse(reply, 404, NOT_YOURS);
      return snapshot(request, reply, choice.camera);
    };
    // Synchronous if the picture is available.
    const handler: Route['handler'] = (request, reply, params) => {
      const port = stills.current();
      // The cameras are unknown while the store or cache starts.
      if (!port) return refuse(reply, 503, 'the pictures are unavailable for a moment');
      const requested = params.camera ?? fixed;
      if (requested !== undefined && !maySee(request.person, requested)) return refuse(reply, 404, NOT_YOURS);
      if (requested !== undefined && port.find && !port.latest(requested)) return seek(request, reply, port, requested);
      return answer(request, reply, choose(params.camera));
    };
    const ready: Route['ready'] = ({ url, params, person }) => {
      if (!stills.current()) return undefined;
      const choice = choose(params.camera);
      return 'camera' in choice && maySee(person, choice.camera) ? snapshot.ready(url, choice.camera) : undefined;
    };
    const on = node.ref('on', 'server');
    on.bind((server) => server.route({ methods: ['GET'], path, cameras: 'own', handler, ready }));
    const cameras = (): readonly string[] => stills.current()?.cameras() ?? [];
    const only = (): string | undefined => cameraOf(choose(undefined));
    node.cameras.report(() => reportServed({ on, paths: { snapshot: path }, cameras, only }));
  },
});
