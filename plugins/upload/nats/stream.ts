// Sends one picture through a JetStream stream, and waits for the archive's receipt; the stream's acknowledgement is not enough.

import { withDeadline } from '../../../core/base/deadline.ts';
import { formatDuration } from '../../../core/base/units.ts';
import { environment, type Frame, type NatsAnswer } from '../../../core/contract/plugin.ts';
import { announce, pack, type Receipt, readObject, readReceipt, subjectOf } from '../../kit/archive/protocol.ts';
import type { Sending } from './link.ts';

export async function sendByStream(frame: Frame, { nats, options, signal }: Sending): Promise<Receipt> {
  const late = () =>
    environment(
      'no-receipt',
      `The archive sent no receipt within ${formatDuration(options.give_up)}. Check that its workers run.`,
    );
  return withDeadline({ ms: options.give_up, late, signals: [signal] }, async () => {
    let settle: (answer: NatsAnswer) => void = () => {};
    const inbox = nats.inbox((answer) => settle(answer));
    try {
      const answered = new Promise<Receipt>((resolve, reject) => {
        settle = (answer) => {
          try {
            const receipt = receiptIn(answer);
            if (receipt) resolve(receipt);
          } catch (cause) {
            reject(cause);
          }
        };
      });
      const payload = pack(announce(frame, inbox.subject), frame.data);
      nats.publish(subjectOf(options.prefix, options.site, 'picture'), payload, { reply: inbox.subject });
      return await answered;
    } finally {
      inbox.release();
    }
  });
}

/** Undefined for the acknowledgement of the stream; the receipt follows it. */
function receiptIn(answer: NatsAnswer): Receipt | undefined {
  if (answer.is === 'nobody') {
    throw environment(
      'no-stream',
      'There is no stream for pictures. Start an archive/worker with "stream", which creates it.',
    );
  }
  if (answer.is !== 'message') {
    throw environment('nats-away', 'The connection to the NATS server ended before the receipt arrived.');
  }
  const reply = readObject(answer.message.payload);
  if ('is' in reply) return readReceipt(answer.message.payload);
  if (typeof reply.error !== 'object' || reply.error === null) return undefined;
  const why = 'description' in reply.error ? String(reply.error.description) : 'unknown';
  throw environment('stream-refused', `The stream did not accept the picture (${why}); the edge keeps it.`);
}
