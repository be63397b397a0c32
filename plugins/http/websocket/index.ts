// http/websocket: pictures as binary WebSocket messages, and moves from viewers to cameras.

import { WebSocketServer } from 'ws';
import { defineNode, type Upgrade } from '../../../core/contract/plugin.ts';
import type { HttpWebsocketOptions } from '../../../schemas/http/websocket.ts';
import { checkControl, mayControl, sendCommand } from '../../kit/control/control.ts';
import { mayDo, maySee } from '../../kit/http/people.ts';
import { exists, registryOf } from '../../kit/ingest/known.ts';
import { durableChannels } from '../../kit/live/durable-channels.ts';
import { checkForStalls } from '../../kit/live/stalls.ts';
import { createViewers, type Host } from './viewers.ts';

/** Most bytes of a message from a viewer. */
const MAX_MESSAGE = 64 * 1024;
/** Milliseconds that a refused viewer has to close. */
const CLOSE_MS = 1000;

export default defineNode<HttpWebsocketOptions>({
  check: checkControl,
  async start(node) {
    const { options, clock, metrics } = node;
    const { path, viewers: policy, control } = options;
    const [only] = node.refs('only', 'registry');
    const stills = node.ref('from', 'stills');
    const input = node.input();
    const host: Host = {
      now: () => clock.monotonic(),
      time: () => clock.now(),
      newest: (camera) => stills.current()?.latest(camera)?.frame,
      async right(camera, token, { authenticated, person }) {
        if (!maySee(person, camera) || !(await exists(only, stills, camera)))
          return { refused: `No camera with id ${camera.slice(0, 64)} exists` };
        if (policy === 'token' && !(only && (await registryOf(only).verify(camera, token)) === 'ok'))
          return { refused: 'Invalid token' };
        if (person && !mayDo(person, 'operate')) return { mayControl: false };
        return { mayControl: await mayControl(control, camera, { token, authenticated }, only) };
      },
      want: (camera) => input.want(camera),
      tell: (camera, command) => {
        metrics.count('commands_total');
        void sendCommand(input, camera, command).then(
          (taken) => taken || metrics.count('commands_lost_total'),
          (cause: unknown) => node.fail(cause),
        );
      },
      count: (name) => metrics.count(name),
      stall: options.stall,
    };
    const viewers = await durableChannels(node, path, host, createViewers);
    input.each((frame) => viewers.show(frame), { delivery: 'live', demand: 'none' });
    metrics.gauge('viewers', viewers.size);
    node.cameras.report(() => [...viewers.watching()].map(([camera, count]) => [camera, { viewers: count }] as const));
    checkForStalls(node, options.stall, viewers.sweep);

    const sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE,
    });
    node.ref('on', 'server').bind((server) => {
      const handler: Upgrade['handler'] = (request, connection, head, _params, _client, person) =>
        sockets.handleUpgrade(request, connection, head, (socket) => {
          // ws closes a broken connection itself.
          socket.on('error', () => {});
          if (viewers.size() < options.max_viewers) {
            metrics.count('viewers_total');
            viewers.admit(socket, connection, { authenticated: policy === 'server' && server.authenticated, person });
            return;
          }
          metrics.count('viewers_refused_total');
          socket.close(1013, 'the maximum number of viewers is reached');
          setTimeout(() => socket.terminate(), CLOSE_MS).unref();
        });
      // The original server matches its path as a prefix.
      const releases = [path, `${path}/{rest*}`].map((one) =>
        server.upgrade({
          path: one,
          cameras: 'own',
          auth: policy === 'server' ? 'server' : 'route',
          origins: options.origins.map((origin) => origin.toLowerCase()),
          handler,
        }),
      );
      return () => {
        for (const release of releases) release();
      };
    });
  },
});
