// http/viewer: the viewer page, its WebSocket, and their handover on a reload.

import { WebSocketServer } from 'ws';
import { defineNode, type Release, type Route, type Server, type Upgrade } from '../../../core/contract/plugin.ts';
import type { HttpViewerOptions } from '../../../schemas/http/viewer.ts';
import { reportServed } from '../../kit/http/camera-urls.ts';
import { durableChannels } from '../../kit/live/durable-channels.ts';
import { createPageAnswers, escapeHtml } from '../../kit/page/answer.ts';
import type { MissingWords } from '../../kit/page/missing/en.ts';
import { isReader, MISSING_HEADERS, missingPage } from '../../kit/page/missing/index.ts';
import { refuse } from '../../kit/stills/refuse.ts';
import { createChannels, type Host } from './channel.ts';
import { findLinks } from './links.ts';
import { createViewerCameras } from './viewer-cameras.ts';
import { CLOSED } from './wire.ts';

/** Most bytes of a message from the page: the numbers of all cameras on its screen. */
const MAX_MESSAGE = 64 * 1024;

export default defineNode<HttpViewerOptions>({
  async start(node) {
    const { path, title, stall, reduce, max_viewers: maxViewers, max_fps: maxFps } = node.options;
    const servers = node.ref('on', 'server');
    const input = node.input();
    const cameras = createViewerCameras(node, input);
    const host: Host = {
      ...cameras,
      now: () => node.clock.monotonic(),
      time: () => node.clock.now(),
      title,
      links: () => findLinks(servers.current()?.paths() ?? [], path, cameras.cameras().length === 1),
      want: (camera) => input.want(camera),
      count: (name, by) => node.metrics.count(name, by),
      interval: maxFps === undefined ? 0 : 1000 / maxFps,
      stall,
      reduce,
    };
    const channels = await durableChannels(node, path, host, () => createChannels());
    input.onLeft(channels.leave);
    input.each((frame) => channels.show(frame), { delivery: 'live', demand: 'none' });
    node.metrics.gauge('viewers', channels.size);
    node.metrics.gauge('cameras_watched', channels.watched);
    node.metrics.gauge('in_flight_bytes', channels.inFlight);
    node.metrics.gauge('viewers_thin', channels.thin);

    const page = createPageAnswers(node.use);
    const base = path === '/' ? '' : path;
    const html = (here: string): Route['handler'] =>
      page('viewer.html', (text) => text.replaceAll('%TITLE%', escapeHtml(title)).replaceAll('%HERE%', here));
    const ofCamera = html('');
    const routes: Route[] = [
      {
        methods: ['GET'],
        path,
        page: title,
        cameras: 'none',
        handler: html(base === '' ? '' : `${base.slice(base.lastIndexOf('/') + 1)}/`),
      },
      ...(base === ''
        ? []
        : [{ methods: ['GET' as const], path: `${base}/`, cameras: 'none' as const, handler: html('') }]),
      ...['viewer.js', 'viewer.css', 'icon.svg'].map(
        (name): Route => ({ methods: ['GET'], path: `${base}/${name}`, cameras: 'none', handler: page(name) }),
      ),
      {
        methods: ['GET'],
        path: `${base}/{camera}`,
        cameras: 'path',
        handler(request, reply, params) {
          if (cameras.cameras().some(({ id }) => id === params.camera)) return ofCamera(request, reply, params);
          if (!isReader(request.headers)) return refuse(reply, 404, 'there is no camera with this name');
          // These names are no secret: the viewer page shows them to the same users.
          const links = cameras.cameras().map(({ id, name }) => ({ text: name, href: `./${encodeURIComponent(id)}` }));
          const headline = (words: MissingWords): string => words.noCamera(params.camera ?? '');
          const html = missingPage(request.headers, { headline, intro: (words) => words.cameras, links });
          return reply.code(404).headers(MISSING_HEADERS).type('text/html; charset=utf-8').send(html);
        },
      },
    ];

    const sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE,
    });
    const upgrade: Upgrade['handler'] = (request, connection, head, _params, _client, person) =>
      sockets.handleUpgrade(request, connection, head, (socket) => {
        // ws closes a broken connection itself.
        socket.on('error', ignore);
        if (channels.size() < maxViewers) {
          node.metrics.count('viewers_total');
          return channels.admit(socket, connection, person?.cameras);
        }
        // Refuses with a WebSocket close code, because a page cannot see the HTTP status of a refused handshake.
        node.metrics.count('viewers_refused_total');
        socket.close(CLOSED.full, 'the maximum number of viewers is reached');
        setTimeout(() => socket.terminate(), 1000).unref();
      });

    const attach = (server: Server): Release => {
      const releases = [
        ...routes.map((route) => server.route(route)),
        server.upgrade({ path: `${base}/viewer.ws`, cameras: 'own', handler: upgrade }),
      ];
      node.log.info('serving the viewer', { url: `${server.origin}${path}` });
      return () => {
        for (const release of releases) release();
      };
    };
    servers.bind(attach);
    node.cameras.report(() =>
      reportServed({
        on: servers,
        paths: { page: `${base}/{camera}` },
        cameras: () => cameras.cameras().map(({ id }) => id),
        only: () => undefined,
        viewers: channels.watching,
      }),
    );
  },
});

const ignore = (): void => {};
