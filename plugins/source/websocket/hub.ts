// source/websocket with `handshake: camd`: the cameras of edges that connect to this camd, on demand.

import type { Node } from '../../../core/contract/plugin.ts';
import type { SourceWebsocketOptions } from '../../../schemas/source/websocket.ts';
import { createHub, type Hub } from '../../kit/fleet/hub.ts';
import { bearerOf } from '../../kit/http/bearer.ts';
import { registryOf } from '../../kit/ingest/known.ts';
import { checkForStalls } from '../../kit/live/stalls.ts';
import { createEdges } from './edges.ts';

export function startHub(node: Node<SourceWebsocketOptions>): void {
  const { options, clock, log, metrics } = node;
  const only = node.ref('only', 'registry');
  const edges = createEdges(
    {
      maxFrame: options.max_size ?? options.max_frame,
      maxConnections: options.max_connections,
      idle: options.idle,
      timeout: options.timeout,
      now: () => clock.monotonic(),
      verify: async (edge, token) => registryOf(only).verify(edge, token),
      refused: (why, client) => log.warn('an edge was not let in', { why, client }),
      count: (name) => metrics.count(name),
    },
    () => hub.handler,
  );
  const hub: Hub = createHub(
    node,
    {
      size: options.size,
      every: options.every,
      lease: options.lease,
      forgetAfter: options.forget_after,
      captureTimeout: options.capture_timeout,
    },
    edges.carrier,
    undefined,
  );
  hub.handler.connected(true);
  metrics.gauge('edges_connected', () => edges.size);
  checkForStalls(node, options.idle, edges.sweep);
  only.bind((port) => port.watch(() => edges.recheck()));
  node.defer(() => edges.close());
  node.ref('on', 'server').bind((server) =>
    server.upgrade({
      path: options.path,
      auth: 'route',
      handler(request, socket, head, { edge = '' }, client) {
        edges.admit({ request, socket, head, client, edge, token: bearerOf(request.headers) });
      },
    }),
  );
}
