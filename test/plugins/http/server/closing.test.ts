// The end of a server: open requests are completed, connections without a request do not hold it up.

import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import type { Node } from '../../../../core/contract/plugin.ts';
import { freePort } from '../../../support/free-port.ts';
import { run } from '../../../support/harness.ts';
import { until } from '../../../support/until.ts';

t.test('connections that a browser opens in advance close at once, while an open request is completed', async (t) => {
  let finish: (() => void) | undefined;
  const slow = {
    use: 'test/slow',
    schema: {
      summary: 'Slow',
      description: 'Slow.',
      type: 'object',
      additionalProperties: false,
      required: ['on'],
      properties: { on: { description: 'The server.', type: 'string', reference: { ports: ['server'] } } },
    },
    start(node: Node<unknown>) {
      const handler = async (): Promise<string> => {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return 'complete';
      };
      node.ref('on', 'server').bind((server) => server.route({ methods: ['GET'], path: '/slow', handler }));
    },
  };
  const port = await freePort();
  const profile = `camd: 1
pipeline:
  web: { use: http/server, listen: '127.0.0.1:${port}' }
  slow: { use: test/slow, on: web }
`;
  const camd = await run(t, profile, { plugins: [slow] });
  const silent = connect(port, '127.0.0.1');
  await once(silent, 'connect');
  silent.resume();
  const answer = fetch(`http://127.0.0.1:${port}/slow`);
  await until(() => finish, 'the request to arrive');

  const stopped = camd.stop();
  await once(silent, 'close');
  finish?.();
  const response = await answer;
  await stopped;

  t.equal(await response.text(), 'complete');
});
