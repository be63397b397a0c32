// One request over NATS and its reply.

import { withDeadline } from '../../../core/base/deadline.ts';
import { environment, type Nats, type NatsMessage, type NatsRequestOptions } from '../../../core/contract/plugin.ts';

export async function request(
  nats: Pick<Nats, 'inbox' | 'publish'>,
  subject: string,
  payload: Buffer | string,
  { signal, timeoutMs }: NatsRequestOptions,
): Promise<NatsMessage> {
  const late = () => environment('nats-timeout', `There was no reply to "${subject}" within ${timeoutMs} ms.`);
  return withDeadline({ ms: timeoutMs, late, signals: [signal] }, async (ending) => {
    const { promise, resolve, reject } = deferred<NatsMessage>();
    const inbox = nats.inbox((answer) => {
      if (answer.is === 'message') resolve(answer.message);
      else if (answer.is === 'nobody')
        reject(environment('nats-no-responders', `The subject "${subject}" has no subscriber.`));
      else reject(environment('nats-away', 'The connection to the NATS server ended before the reply arrived.'));
    });
    ending.addEventListener('abort', () => inbox.release(), { once: true });
    try {
      nats.publish(subject, payload, { reply: inbox.subject });
      return await promise;
    } finally {
      inbox.release();
    }
  });
}

function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (cause: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
