// http/viewer: the viewer page, its WebSocket, and their handover on a reload.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { defineNode, type Release, type Route, type Server } from '../../../core/contract/plugin.ts';
import type { HttpViewerOptions } from '../../../schemas/http/viewer.ts';
import { reportServed } from '../../kit/http/camera-urls.ts';
import { durableChannels } from '../../kit/live/durable-channels.ts';
import { createPageAnswers, escapeHtml } from '../../kit/page/answer.ts';
import { refuse } from '../../kit/stills/refuse.ts';
import { createChannels, type Host } from './channel.ts';
import { findLinks } from './links.ts';
import { createOutlook } from './outlook.ts';
import { CLOSED } from './wire.ts';

/** Most bytes of a message from the page: the numbers of all cameras on its screen. */
const MAX_MESSAGE = 32 * 1024;

export default defineNode<HttpViewerOptions>({
  async start(node) {
    const { path, title, stall, max_viewers: maxViewers, max_fps: maxFps } = node.options;
    const servers = node.ref('on', 'server');
    const input = node.input();
    const outlook = createOutlook(node, input);
    const host: Host = {
      ...outlook,
      now: () => node.clock.monotonic(),
      time: () => node.clock.now(),
      title,
      links: () => findLinks(servers.current()?.paths() ?? [], path, outlook.cameras().length === 1),
      want: (camera) => input.want(camera),
      count: (name, by) => node.metrics.count(name, by),
      interval: maxFps === undefined ? 0 : 1000 / maxFps,
      stall,
    };
    const audience = await durableChannels(node, path, host, createChannels);
    input.onLeft(audience.leave);
    input.each((frame) => audience.show(frame), { delivery: 'live', demand: 'none' });
    node.metrics.gauge('viewers', audience.size);
    node.metrics.gauge('cameras_watched', audience.watched);
    node.metrics.gauge('in_flight_bytes', audience.inFlight);

    const page = createPageAnswers(node.use);
    const base = path === '/' ? '' : path;
    const html = (here: string): Route['handler'] =>
      page('viewer.html', (text) => text.replaceAll('%TITLE%', escapeHtml(title)).replaceAll('%HERE%', here));
    const ofCamera = html('');
    const routes: Route[] = [
      { methods: ['GET'], path, handler: html(base === '' ? '' : `${base.slice(base.lastIndexOf('/') + 1)}/`) },
      ...(base === '' ? [] : [{ methods: ['GET' as const], path: `${base}/`, handler: html('') }]),
      ...['viewer.js', 'viewer.css', 'icon.svg'].map(
        (name): Route => ({ methods: ['GET'], path: `${base}/${name}`, handler: page(name) }),
      ),
      {
        methods: ['GET'],
        path: `${base}/{camera}`,
        handler(request, reply, params) {
          if (outlook.cameras().some(({ id }) => id === params.camera)) return ofCamera(request, reply, params);
          return refuse(reply, 404, 'there is no camera with this name');
        },
      },
    ];

    const sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE,
    });
    const upgrade = (request: IncomingMessage, connection: Duplex, head: Buffer): void =>
      sockets.handleUpgrade(request, connection, head, (socket) => {
        // ws itself closes a broken connection.
        socket.on('error', ignore);
        if (audience.size() < maxViewers) {
          node.metrics.count('viewers_total');
          return audience.admit(socket, connection);
        }
        // Refused by a WebSocket close code: a page cannot see the HTTP status of a refused handshake.
        node.metrics.count('viewers_refused_total');
        socket.close(CLOSED.full, 'the maximum number of viewers is reached');
        setTimeout(() => socket.terminate(), 1000).unref();
      });

    const attach = (server: Server): Release => {
      const releases = [
        ...routes.map((route) => server.route(route)),
        server.upgrade({ path: `${base}/viewer.ws`, handler: upgrade }),
      ];
      node.log.info('the viewer is at', { url: `${server.origin}${path}` });
      return () => {
        for (const release of releases) release();
      };
    };
    servers.bind(attach);
    node.cameras.report(() =>
      reportServed({
        on: servers,
        paths: { page: `${base}/{camera}` },
        cameras: () => outlook.cameras().map(({ id }) => id),
        only: () => undefined,
        viewers: audience.watching,
      }),
    );
  },
});

const ignore = (): void => {};
