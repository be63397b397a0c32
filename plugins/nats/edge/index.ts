// nats/edge: offers the cameras of this camd to hubs over NATS.

import { defineNode } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { NatsEdgeOptions } from '../../../schemas/nats/edge.ts';
import { createEdge } from '../../kit/fleet/edge.ts';
import { natsEdge } from '../../kit/fleet/nats.ts';
import type { EdgeCarrier } from '../../kit/fleet/protocol.ts';
import { keepThumbnails } from './thumbnails.ts';

export default defineNode<NatsEdgeOptions>({
  start(node) {
    const { options, log, metrics } = node;
    const { edge: name, subject: prefix, via } = options;
    let carrier: EdgeCarrier | undefined;
    const unsent = (cause: unknown): void => {
      metrics.count('unsent_total');
      log.debug('a message could not be sent', { why: sentence(cause) });
    };
    const edge = createEdge(
      node,
      { edge: name, helloEvery: options.hello_every, staleAfter: options.stale_after },
      { hello: (hello) => carrier?.hello(hello) },
      options.small === undefined ? undefined : node.input('small'),
    );
    const nats = node.ref('via', 'nats');
    nats.bind((port) => {
      const made = natsEdge(port, { prefix, edge: name }, unsent);
      carrier = made.carrier;
      const release = made.listen({
        ...edge.handler,
        connected(up) {
          if (!up) node.degraded(`${node.id} is waiting for the NATS server of ${via}.`);
          edge.handler.connected(up);
        },
      });
      return () => {
        edge.leave();
        carrier = undefined;
        release();
      };
    });
    const { thumbnails } = options;
    if (thumbnails)
      keepThumbnails(
        node,
        thumbnails,
        name,
        () => nats.current(),
        () => edge.newest(options.small === undefined ? 'full' : 'small'),
      );
  },
});
