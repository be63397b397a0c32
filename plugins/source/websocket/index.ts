// Cameras that push their pictures over a WebSocket of an HTTP server.

import { defineNode, environment, misuse } from '../../../core/contract/plugin.ts';
import type { SourceWebsocketOptions } from '../../../schemas/source/websocket.ts';
import { bearerOf } from '../../kit/http/bearer.ts';
import { isKnown, registryOf } from '../../kit/ingest/known.ts';
import { rateLimit } from '../../kit/ingest/rate-limit.ts';
import { durableChannels } from '../../kit/live/durable-channels.ts';
import { checkForStalls } from '../../kit/live/stalls.ts';
import { createCameras, type Host } from './cameras.ts';
import { commandOf } from './commands.ts';
import { startHub } from './hub.ts';

export default defineNode<SourceWebsocketOptions>({
  check({ handshake, path }) {
    const named = { bearer: 'camera', camd: 'edge', 'id-token': undefined }[handshake];
    if (named === undefined || path.includes(`{${named}}`)) return [];
    const message = `path: with "handshake: ${handshake}" the path names the ${named}; write {${named}} in it, such as /push/{${named}}.`;
    return [{ option: 'path', code: 'wrong-value', message }];
  },
  async start(node) {
    const { options, clock, log, metrics, output } = node;
    const { handshake, path } = options;
    if (handshake === 'camd') return startHub(node);
    const only = node.ref('only', 'registry');
    const rates = rateLimit(options.max_rate, options.max_connections);
    const host: Host = {
      now: () => clock.monotonic(),
      known: (camera) => isKnown(only, camera),
      verify: async (camera, token) => registryOf(only).verify(camera, token),
      wanted(camera) {
        const passes = rates.take(camera, clock.monotonic()) === 0;
        if (!passes) metrics.count('over_max_rate_total');
        return passes;
      },
      picture(camera, image) {
        metrics.count('pictures_total');
        only.current()?.recordActivity?.(camera);
        void output.emit(output.stamp({ ...image, camera }));
      },
      count: (name) => metrics.count(name),
      maxFrame: options.max_frame,
      maxSize: options.max_size ?? options.max_frame,
      duplicate: options.duplicate,
      maxConnections: options.max_connections,
      idle: options.idle,
      timeout: options.timeout,
      handshakeTimeout: options.handshake_timeout,
      connected(camera) {
        output.announce(camera);
        log.info('a camera is connected', { camera });
      },
      refused: (why, client) => log.warn('a camera was not let in', { why, client }),
      trouble: (why) => (why === undefined ? node.healthy() : node.degraded(why)),
    };

    const cameras = await durableChannels(node, `${handshake} ${path}`, host, createCameras);
    metrics.gauge('cameras_connected', cameras.size);
    output.answer('command', async (camera, request) => {
      const command = commandOf(request);
      if (!command)
        throw misuse('bad-command', `A camera accepts "update" and "move" with x and y, not "${request.name}".`);
      if (!cameras.isConnected(camera)) throw environment('not-connected', `The camera ${camera} is not connected.`);
      return cameras.command(camera, command);
    });
    checkForStalls(node, Math.min(options.idle, options.handshake_timeout), cameras.sweep);
    only.bind((port) => port.watch(() => cameras.recheck()));
    node.ref('on', 'server').bind((server) => {
      // The original server matches its path as a prefix.
      const paths = handshake === 'id-token' ? [path, `${path}/{rest*}`] : [path];
      const releases = paths.map((route) =>
        server.upgrade({
          path: route,
          auth: 'route',
          handler(request, socket, head, params, client) {
            const bearer = { camera: params.camera ?? '', token: bearerOf(request.headers) };
            cameras.admit({ request, socket, head, client, bearer: handshake === 'bearer' ? bearer : undefined });
          },
        }),
      );
      return () => {
        for (const release of releases) release();
      };
    });
  },
});
