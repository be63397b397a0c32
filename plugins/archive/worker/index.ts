// archive/worker: stores the pictures of edges, received through pre-signed links or from a stream, and sends receipts.

import { defineNode, environment, type Nats, type Store } from '../../../core/contract/plugin.ts';
import type { ArchiveWorkerOptions } from '../../../schemas/archive/worker.ts';
import { createConditions } from '../../kit/disk/conditions.ts';
import { consumeStream } from './consume.ts';
import { answerLinks } from './links.ts';

export default defineNode<ArchiveWorkerOptions>({
  start(node) {
    const { options } = node;
    const into = node.ref('into', 'store');
    const store = (): Store => {
      const found = into.current();
      if (found) return found;
      throw environment('no-store', `The store ${into.id} is not running.`);
    };
    const conditions = createConditions(node);
    node.ref('via', 'nats').bind((nats: Nats) => {
      const releaseLinks = options.links ? answerLinks(node, nats, store, conditions) : () => {};
      const releaseStream = options.stream === undefined ? () => {} : consumeStream(node, nats, store, conditions);
      return () => {
        releaseLinks();
        releaseStream();
      };
    });
  },
});
