// One request over NATS and its answer.

import { withDeadline } from '../../../core/base/deadline.ts';
import { environment, type Nats, type NatsMessage, type NatsRequestOptions } from '../../../core/contract/plugin.ts';

export async function request(
  nats: Pick<Nats, 'inbox' | 'publish'>,
  subject: string,
  payload: Buffer | string,
  { signal, timeoutMs }: NatsRequestOptions,
): Promise<NatsMessage> {
  const late = () => environment('nats-timeout', `Nobody has answered "${subject}" within ${timeoutMs} ms.`);
  return withDeadline({ ms: timeoutMs, late, signals: [signal] }, async (ending) => {
    const { promise, resolve, reject } = deferred<NatsMessage>();
    const inbox = nats.inbox((answer) => {
      if (answer.is === 'message') resolve(answer.message);
      else if (answer.is === 'nobody')
        reject(environment('nats-no-responders', `Nobody listens to the subject "${subject}".`));
      else reject(environment('nats-away', 'The connection to the NATS server ended before the answer came.'));
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
