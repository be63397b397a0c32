// A live MJPEG stream on an HTTP path. Decides who is let in; the audience in core/multipart does the sending.

import type { FastifyReply, FastifyRequest } from 'fastify';
import { chooseCamera } from '../../core/cameras.ts';
import { type Audience, createAudience, type Host } from '../../core/multipart/audience.ts';
import { streamHead } from '../../core/multipart/part.ts';
import { type Clock, defineNode } from '../../core/plugin.ts';
import { refuse } from '../../core/stills/refuse.ts';
import { createTenure, type Tenure } from '../../core/tenure.ts';
import type { HttpStreamOptions } from '../../schemas/http/stream.ts';

/** What a reload leaves to the next instance: viewers notice nothing. */
interface Handover {
  readonly kind: 'http/stream';
  readonly path: string;
  readonly audience: Audience;
  readonly tenure: Tenure<Host>;
}

export default defineNode<HttpStreamOptions>({
  start(node) {
    const { path, camera: fixed, stall, repeat, max_viewers: maxViewers } = node.options;
    const input = node.input();
    const [stills] = node.refs('from', 'stills');
    const host: Host = {
      now: () => node.clock.monotonic(),
      newest: (camera) => stills?.current()?.latest(camera)?.frame,
      want: (camera) => input.want(camera),
      count: (name, by) => node.metrics.count(name, by),
      stall,
      repeat,
    };
    const estate = takeOver(node.handedOver, path, node.clock);
    const { audience, tenure } = estate;
    node.defer(tenure.hold(host));
    input.each((frame) => audience.show(frame), { delivery: 'live', demand: 'none' });
    node.metrics.gauge('viewers', audience.size);
    node.metrics.gauge('viewers_lagging', () => audience.lag().viewers);
    node.metrics.gauge('lag_ms', () => audience.lag().worst);

    const handler = (
      request: FastifyRequest,
      reply: FastifyReply,
      params: Readonly<Record<string, string>>,
    ): unknown => {
      const choice = chooseCamera({
        asked: params.camera,
        fixed,
        known: () => input.cameras(),
        has: (camera) => host.newest(camera) !== undefined,
      });
      if (!('camera' in choice)) return refuse(reply, choice.status, choice.message);
      const withBody = request.method !== 'HEAD';
      if (withBody && audience.size() >= maxViewers) {
        node.metrics.count('viewers_refused_total');
        return refuse(reply, 503, 'as many viewers as are allowed are watching');
      }
      const { socket } = reply.raw;
      // A stream has no end, so the answer to a request that was sent behind another one would have to wait for it.
      if (!socket) return refuse(reply, 503, 'ask for a stream on a connection of its own');
      const extra = Object.entries(reply.raw.getHeaders()).map(([name, value]) => [name, String(value)] as const);
      reply.hijack();
      socket.write(streamHead(extra, withBody), 'latin1');
      if (!withBody) {
        socket.destroySoon();
        return reply;
      }
      node.metrics.count('viewers_total');
      audience.admit(socket, choice.camera, intervalOf(request));
      return reply;
    };
    node.ref('on', 'server').bind((server) => server.route({ methods: ['GET'], path, handler }));

    return {
      handover(): Handover {
        tenure.promise();
        return estate;
      },
    };
  },
});

/** Viewers stay with their path: when it changes, they are let go with the node that served them. */
function takeOver(handedOver: unknown, path: string, clock: Clock): Handover {
  if (isHandover(handedOver) && handedOver.path === path) return handedOver;
  const audience = createAudience();
  const tenure = createTenure<Host>({
    onChange: (host) => audience.moveTo(host),
    end: () => audience.close(),
    monotonic: () => clock.monotonic(),
  });
  return { kind: 'http/stream', path, audience, tenure };
}

function isHandover(value: unknown): value is Handover {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'http/stream';
}

/** Highest rate that ?fps= may ask for; above it, frames go out as they come. */
const MAX_FPS = 1000;

/** ?fps=5 → 200 ms. What is no positive number is ignored, like any other query parameter. */
function intervalOf(request: FastifyRequest): number {
  const asked = Number((request.query as { fps?: unknown }).fps);
  return asked > 0 && asked < MAX_FPS ? 1000 / asked : 0;
}
