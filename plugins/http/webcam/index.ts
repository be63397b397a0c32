// http/webcam: the URLs of mjpg-streamer, for stream and snapshot.

import { randomBytes } from 'node:crypto';
import type { HttpReply, HttpRequest } from '../../../core/contract/http.ts';
import { defineNode, type Release, type Server } from '../../../core/contract/plugin.ts';
import type { HttpWebcamOptions } from '../../../schemas/http/webcam.ts';
import { reportServed } from '../../kit/http/camera-urls.ts';
import { maySee } from '../../kit/http/people.ts';
import { createStream } from '../../kit/live/stream.ts';
import { createPictureAnswers } from '../../kit/stills/answer.ts';
import { NOT_YOURS, refuse } from '../../kit/stills/refuse.ts';
import { createSnapshot } from '../../kit/stills/snapshot.ts';
import { type Action, readAction } from './dialect.ts';

/** ?after= belongs to http/snapshot; it works here too. */
const WAIT_MS = 20_000;
const MAX_WAITING = 256;

export default defineNode<HttpWebcamOptions>({
  async start(node) {
    const { path, stall, repeat, offline, timeout, max_viewers: maxViewers } = node.options;
    const stills = node.ref('from', 'stills');
    const listed = (): readonly string[] => node.options.cameras ?? stills.current()?.cameras() ?? [];
    const shows = (index: string): string | undefined => listed()[Number(index)];
    const stream = await createStream(node, { path, stall, repeat, maxViewers, shows });
    const snapshot = createSnapshot({
      answers: createPictureAnswers(randomBytes(6).toString('base64url')),
      stills: () => stills.current(),
      offline,
      timeout,
      wait: WAIT_MS,
      maxWaiting: MAX_WAITING,
      count: (name) => node.metrics.count(name),
    });

    const answer = (request: HttpRequest, reply: HttpReply, action: Action): unknown => {
      if (action.is === 'unknown') return refuse(reply, 404, 'unknown action: request stream or snapshot');
      const cameras = listed();
      const camera = cameras[action.index];
      if (camera === undefined) {
        return cameras.length === 0
          ? refuse(reply, 503, 'no camera has sent a picture yet')
          : refuse(reply, 404, 'there is no camera with this number');
      }
      if (!maySee(request.person, camera)) return refuse(reply, 404, NOT_YOURS);
      return action.is === 'stream'
        ? stream.serve(request, reply, camera, String(action.index))
        : snapshot(request, reply, camera);
    };

    const base = path === '/' ? '' : path;
    const attach = (server: Server): Release => {
      const route = (suffix: string, read: (target: string) => Action) =>
        server.route({
          methods: ['GET'],
          path: `${base}${suffix}`,
          cameras: 'own',
          handler: (request, reply) => answer(request, reply, read(request.raw.url ?? '')),
        });
      const releases = [
        ...(base === '' ? [] : [route('', readAction)]),
        route('/', readAction),
        route('/stream', () => ({ is: 'stream', index: 0 })),
        route('/snapshot', () => ({ is: 'snapshot', index: 0 })),
      ];
      return () => {
        for (const release of releases) release();
      };
    };
    const on = node.ref('on', 'server');
    on.bind(attach);
    node.cameras.report(() =>
      listed().flatMap((camera, index) => {
        const paths = { stream: `${base}/?action=stream_${index}`, snapshot: `${base}/?action=snapshot_${index}` };
        const first = { stream: `${base}/stream`, snapshot: `${base}/snapshot` };
        const served = { on, paths: index === 0 ? first : paths, viewers: stream.watching };
        return [...reportServed({ ...served, cameras: () => [camera], only: () => camera })];
      }),
    );
  },
});
