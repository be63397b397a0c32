// The live stream of an HTTP node: accepts viewers and hands them to the next instance on a reload.

import type { HttpReply, HttpRequest } from '../../../core/contract/http.ts';
import type { Node } from '../../../core/contract/plugin.ts';
import { headersOf } from '../http/standing.ts';
import { refuse } from '../stills/refuse.ts';
import { durableChannels } from './durable-channels.ts';
import { streamHead } from './part.ts';
import { createChannels, type Host } from './stream-channel.ts';

export interface StreamOptions {
  /** Viewers stay with this through reloads: when it changes, they are let go with the node that served them. */
  readonly path: string;
  /** Milliseconds. */
  readonly stall: number;
  /** Milliseconds. */
  readonly repeat: number;
  readonly maxViewers: number;
  /** The camera that is shown now to those who ask in this way, without naming a camera. */
  shows(asked: string, known: Known): string | undefined;
}

export interface Known {
  cameras(): readonly string[];
  /** True when the camera has a frame. */
  has(camera: string): boolean;
}

export interface Stream extends Known {
  /** Makes the client a viewer of a camera that exists. `asked`: how it asked, where the URL does not name the camera. */
  serve(request: HttpRequest, reply: HttpReply, camera: string, asked?: string): unknown;
  /** Viewers of one camera. */
  watching(camera: string): number;
}

/** Of the input "from". */
export async function createStream<Options>(node: Node<Options>, options: StreamOptions): Promise<Stream> {
  const input = node.input();
  const [stills] = node.refs('from', 'stills');
  const known: Known = {
    cameras: () => input.cameras(),
    has: (camera) => host.newest(camera) !== undefined,
  };
  const host: Host = {
    now: () => node.clock.monotonic(),
    newest: (camera) => stills?.current()?.latest(camera)?.frame,
    want: (camera) => input.want(camera),
    shows: (asked) => options.shows(asked, known),
    count: (name, by) => node.metrics.count(name, by),
    stall: options.stall,
    repeat: options.repeat,
  };
  const audience = await durableChannels(node, options.path, host, createChannels);
  input.onLeft(audience.leave);
  input.each((frame) => audience.show(frame), { delivery: 'live', demand: 'none' });
  node.metrics.gauge('viewers', audience.size);
  node.metrics.gauge('viewers_lagging', () => audience.lag().viewers);
  node.metrics.gauge('lag_ms', () => audience.lag().worst);

  return {
    ...known,
    watching: audience.watching,
    serve(request, reply, camera, asked) {
      const withBody = request.method !== 'HEAD';
      if (withBody && audience.size() >= options.maxViewers) {
        node.metrics.count('viewers_refused_total');
        return refuse(reply, 503, 'the maximum number of viewers is reached');
      }
      const { socket } = reply.raw;
      // A stream has no end, so the answer to a request that was sent behind another one would have to wait for it.
      if (!socket) return refuse(reply, 503, 'request a stream on its own connection');
      const extra = headersOf(reply.raw);
      reply.hijack();
      socket.write(streamHead(extra, withBody), 'latin1');
      if (!withBody) {
        socket.destroySoon();
        return reply;
      }
      node.metrics.count('viewers_total');
      audience.admit(socket, camera, intervalOf(request), asked);
      return reply;
    },
  };
}

/** Highest rate that ?fps= may ask for; above it, frames go out as they come. */
const MAX_FPS = 1000;

/** ?fps=5 → 200 ms. What is no positive number is ignored, like any other query parameter. */
function intervalOf(request: HttpRequest): number {
  const asked = Number((request.query as { fps?: unknown }).fps);
  return asked > 0 && asked < MAX_FPS ? 1000 / asked : 0;
}
