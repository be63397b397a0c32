// upload/nats: sends every picture to the archive over NATS, through a pre-signed link or a stream, and waits for its receipt.

import { rejected } from '../../../core/contract/final.ts';
import { defineNode, environment, type Frame, type Node } from '../../../core/contract/plugin.ts';
import { isFault, sentence } from '../../../core/contract/problems.ts';
import type { UploadNatsOptions } from '../../../schemas/upload/nats.ts';
import type { Receipt } from '../../kit/archive/protocol.ts';
import { createUploadClient } from '../../kit/upload/client.ts';
import { sendByLink } from './link.ts';
import { sendByStream } from './stream.ts';

export default defineNode<UploadNatsOptions>({
  async start(node) {
    const { options, metrics } = node;
    const nats = node.ref('via', 'nats');
    const http = await createUploadClient({
      clock: node.clock,
      everyMs: 0,
      timeoutMs: options.timeout,
      connections: options.parallel,
      ca: options.ca === undefined ? undefined : node.resolve(options.ca),
    });
    node.defer(() => http.close());

    const deliver = (frame: Frame): Promise<Receipt> => {
      const port = nats.current();
      if (!port) throw environment('nats-away', `${nats.id} is not running.`);
      const sending = { nats: port, http, options, signal: node.signal };
      return options.by === 'link' ? sendByLink(frame, sending) : sendByStream(frame, sending);
    };
    node.input().each(
      async (frame) => {
        try {
          const receipt = await deliver(frame);
          if (receipt.is === 'refused') throw refusal(frame, receipt);
          node.healthy();
          metrics.count('uploaded_total');
          metrics.count('uploaded_bytes_total', frame.data.length);
        } catch (cause) {
          throw report(node, frame, cause);
        }
      },
      { delivery: 'every', parallel: options.parallel },
    );
  },
});

function refusal({ camera }: Frame, { why, final }: Receipt & { readonly is: 'refused' }) {
  const message = `The archive did not accept a picture of ${camera}: ${why}`;
  return final ? rejected(message) : environment('refused', message);
}

/** A picture that the archive rejects for good does not make the node degraded. */
function report(node: Node<UploadNatsOptions>, { camera }: Frame, cause: unknown): unknown {
  if (node.signal.aborted) return cause;
  node.metrics.count('refused_total');
  node.log.warn('picture not archived', { camera, why: sentence(cause) });
  if (isFault(cause) && cause.code !== 'rejected') node.degraded(`Pictures are not archived: ${cause.message}`);
  return cause;
}
