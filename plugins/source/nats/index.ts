// source/nats: the cameras of all edges that are connected to NATS, on demand.

import { defineNode } from '../../../core/contract/plugin.ts';
import type { SourceNatsOptions } from '../../../schemas/source/nats.ts';
import { createHub } from '../../kit/fleet/hub.ts';
import { natsHub } from '../../kit/fleet/nats.ts';
import { readThumbnails } from './thumbnails.ts';

export default defineNode<SourceNatsOptions>({
  frames: () => ({ cameras: undefined, interval: undefined }),
  start(node) {
    const { options } = node;
    const { size, via, subject: prefix, max_frame: maxFrame } = options;
    const [only] = node.refs('only', 'registry');
    const nats = node.ref('via', 'nats');
    const waiting = `${node.id} is waiting for the NATS server of ${via}.`;
    if (size === 'thumbnail') {
      readThumbnails(node, { bucket: options.bucket, maxAge: options.forget_after, waiting }, nats, only);
      return;
    }
    const { carrier, listen } = natsHub(() => nats.current(), { prefix, maxFrame });
    const hub = createHub(
      node,
      {
        size,
        every: options.every,
        lease: options.lease,
        forgetAfter: options.forget_after,
        captureTimeout: options.capture_timeout,
      },
      carrier,
      only,
    );
    nats.bind((port) =>
      listen(port, {
        ...hub.handler,
        connected(up) {
          if (!up) node.degraded(waiting);
          hub.handler.connected(up);
        },
      }),
    );
  },
});
