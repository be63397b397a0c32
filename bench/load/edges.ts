// Simulates edges at a NATS server: each sends hellos and answers with its list; its cameras have no viewers.

import { connect } from '@nats-io/transport-node';
import { encodePacket } from '../../plugins/kit/fleet/packet.ts';
import { createSubjects } from '../../plugins/kit/fleet/subjects.ts';

const [port = '', count = '', cameras = '', connections = '1'] = process.argv.slice(2);
const HELLO_MS = 5000;
const subjects = createSubjects('camd');
const all = await Promise.all(
  Array.from({ length: Number(connections) }, () => connect({ servers: `127.0.0.1:${port}` })),
);
const [nats] = all;
if (!nats) throw new Error('the number of connections is 0');
for (let index = 0; index < Number(count); index++) {
  const edge = `site${index}`;
  const list = Array.from({ length: Number(cameras) }, (_, n) => ({
    ...{ id: `site${index}-camera${n}`, capture: true, command: false, small: false },
  }));
  const hello = (): void =>
    nats.publish(subjects.hello(edge), encodePacket({ session: edge, revision: 1, ttl: 12_500 }));
  nats.subscribe(subjects.requests(edge), {
    callback(_error, message) {
      if (!message.subject.endsWith('.list')) return;
      message.respond(Buffer.concat([Buffer.from([0]), encodePacket({ is: 'list', revision: 1, cameras: list })]));
    },
  });
  setTimeout(() => {
    hello();
    setInterval(hello, HELLO_MS);
  }, Math.random() * HELLO_MS);
}
process.on('message', () => process.send?.({}));
process.send?.({});
