// http/events: pictures of a camera as server-sent events.

import { defineNode } from '../../../core/contract/plugin.ts';
import type { HttpEventsOptions } from '../../../schemas/http/events.ts';
import { message, queryOf } from '../../kit/http/json.ts';
import { maySee } from '../../kit/http/people.ts';
import { exists } from '../../kit/ingest/known.ts';
import { durableChannels } from '../../kit/live/durable-channels.ts';
import { checkForStalls } from '../../kit/live/stalls.ts';
import { createEvents } from './event.ts';
import { createViewers, type Host } from './viewers.ts';

/** Least and usual milliseconds between two pictures. */
const LEAST_DELAY = 50;
const DELAY = 1000;

export default defineNode<HttpEventsOptions>({
  async start(node) {
    const { options, clock, metrics } = node;
    const { path } = options;
    const [only] = node.refs('only', 'registry');
    const stills = node.ref('from', 'stills');
    const input = node.input();
    const events = createEvents(options.picture);
    const host: Host = {
      now: () => clock.monotonic(),
      newest: (camera) => stills.current()?.latest(camera)?.frame,
      want: (camera) => input.want(camera),
      text: (frame, light) => (light ? events.light(frame) : events.whole(frame)),
      count: (name) => metrics.count(name),
      stall: options.stall,
    };
    const viewers = await durableChannels(node, path, host, createViewers);
    input.each((frame) => viewers.show(frame), { delivery: 'live', demand: 'none' });
    metrics.gauge('viewers', viewers.size);
    node.cameras.report(() => [...viewers.watching()].map(([camera, count]) => [camera, { viewers: count }] as const));
    checkForStalls(node, options.stall, viewers.sweep);

    node.ref('on', 'server').bind((server) =>
      server.route({
        methods: ['GET'],
        path,
        cameras: 'own',
        async handler(request, reply, params) {
          const { url } = request.raw;
          const camera = params.camera ?? queryOf(url, 'cameraId') ?? options.camera ?? '';
          if (!maySee(request.person, camera) || !(await exists(only, stills, camera)))
            return message(reply, 400, `No camera with id ${camera.slice(0, 64)}`);
          if (viewers.size() >= options.max_viewers) {
            return message(reply.header('retry-after', '5'), 503, 'The maximum number of viewers is reached');
          }
          const head = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };
          reply.hijack();
          reply.raw.writeHead(200, head);
          if (request.method === 'HEAD') return reply.raw.end();
          reply.raw.flushHeaders();
          const light = queryOf(url, 'mode') === 'light';
          viewers.admit(reply.raw, { camera, delay: delayOf(queryOf(url, 'updateDelay')), light });
          return reply;
        },
      }),
    );
  },
});

function delayOf(text: string | undefined): number {
  const delay = Number(text);
  return text !== undefined && Number.isFinite(delay) && delay > 0 ? Math.max(LEAST_DELAY, delay) : DELAY;
}
