// archive/worker: takes the pictures of edges into a store, by pre-signed links or from a stream, and gives receipts.

import { defineNode, environment, type Nats, type Store } from '../../../core/contract/plugin.ts';
import type { ArchiveWorkerOptions } from '../../../schemas/archive/worker.ts';
import { createConditions } from '../../kit/disk/conditions.ts';
import { takeStream } from './consume.ts';
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
      const releaseStream = options.stream === undefined ? () => {} : takeStream(node, nats, store, conditions);
      return () => {
        releaseLinks();
        releaseStream();
      };
    });
  },
});
