// JetStream over the port of a connection: errors without a connection or without JetStream.

import t from 'tap';
import type { Nats } from '../../../../core/contract/plugin.ts';
import { noJetStream, openBuckets, openJetStream } from '../../../../plugins/kit/nats/jetstream.ts';

const over = (connection: unknown): Nats => ({ connection: () => connection }) as unknown as Nats;

t.test('without a connection JetStream is not available', async (t) => {
  for (const connection of [undefined, null, 'x', {}, { request() {} }]) {
    await t.rejects(openJetStream(over(connection), 'this needs'), { code: 'nats-away', blame: 'environment' });
    await t.rejects(openBuckets(over(connection), 'this needs'), { code: 'nats-away' });
  }
});

t.test('a server without JetStream is distinguished from an unreachable one', async (t) => {
  const connection = {
    requestMany() {},
    request: () => Promise.reject(new Error('no responders')),
    options: {},
  };
  await t.rejects(openJetStream(over(connection), 'this needs'), {
    code: 'no-jetstream',
    message: /^The NATS server offers this client no JetStream \(.+\); enable "jetstream"/,
  });
  t.match(noJetStream(new Error('it is off')), { message: /JetStream \(it is off\); enable/, cause: Error });
  t.match(noJetStream('it is off'), { code: 'no-jetstream', message: /JetStream \(it is off\); enable/ });
});
