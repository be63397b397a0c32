// The live stream of an HTTP node: accepts viewers and hands them to the next instance on a reload.

import type { HttpReply, HttpRequest } from '../../../core/contract/http.ts';
import type { Node } from '../../../core/contract/plugin.ts';
import { headersOf } from '../http/default-headers.ts';
import { refuse } from '../stills/refuse.ts';
import { durableChannels } from './durable-channels.ts';
import { streamHead } from './part.ts';
import { createChannels, type Host } from './stream-channel.ts';

export interface StreamOptions {
  /** Viewers survive reloads as long as it stays the same; a change disconnects them. */
  readonly path: string;
  /** Milliseconds. */
  readonly stall: number;
  /** Milliseconds. */
  readonly repeat: number;
  readonly maxViewers: number;
  /** The camera that a URL without a camera shows now. */
  shows(urlKey: string, known: Known): string | undefined;
}

export interface Known {
  cameras(): readonly string[];
  /** True when the camera has a frame. */
  has(camera: string): boolean;
}

export interface Stream extends Known {
  /** Makes the client a viewer of a camera that exists. `urlKey`: identifies the URL if it names no camera. */
  serve(request: HttpRequest, reply: HttpReply, camera: string, urlKey?: string): unknown;
  /** Viewers of one camera. */
  watching(camera: string): number;
}

/** Streams the input "from". */
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
    shows: (urlKey) => options.shows(urlKey, known),
    count: (name, by) => node.metrics.count(name, by),
    stall: options.stall,
    repeat: options.repeat,
  };
  const channels = await durableChannels(node, options.path, host, createChannels);
  input.onLeft(channels.leave);
  input.each((frame) => channels.show(frame), { delivery: 'live', demand: 'none' });
  node.metrics.gauge('viewers', channels.size);
  node.metrics.gauge('viewers_lagging', () => channels.lag().viewers);
  node.metrics.gauge('lag_ms', () => channels.lag().worst);

  return {
    ...known,
    watching: channels.watching,
    serve(request, reply, camera, urlKey) {
      const withBody = request.method !== 'HEAD';
      if (withBody && channels.size() >= options.maxViewers) {
        node.metrics.count('viewers_refused_total');
        return refuse(reply, 503, 'the maximum number of viewers is reached');
      }
      const { socket } = reply.raw;
      // A request that was pipelined behind another one has no socket yet; behind an endless stream it would wait forever.
      if (!socket) return refuse(reply, 503, 'request a stream on its own connection');
      const extra = headersOf(reply.raw);
      reply.hijack();
      socket.write(streamHead(extra, withBody), 'latin1');
      if (!withBody) {
        socket.destroySoon();
        return reply;
      }
      node.metrics.count('viewers_total');
      channels.admit(socket, camera, intervalOf(request), urlKey);
      return reply;
    },
  };
}

/** Highest rate for ?fps=; above it, every frame is sent. */
const MAX_FPS = 1000;

/** ?fps=5 → 200 ms. A value that is not a positive number is ignored, like any other query parameter. */
function intervalOf(request: HttpRequest): number {
  const fps = Number((request.query as { fps?: unknown }).fps);
  return fps > 0 && fps < MAX_FPS ? 1000 / fps : 0;
}
