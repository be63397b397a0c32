// upload/http with send: every: refusals that drop a picture, and refusals that keep it.

import { once } from 'node:events';
import { createServer } from 'node:http';
import t from 'tap';
import { startPushing } from '../../support/pushed-uploads.ts';

t.test('with send: every, only an API that names the picture or the camera refuses for good', async (t) => {
  const page = '<html><body><h1>nginx</h1></body></html>';
  const server = createServer((request, response) => {
    const status = Number(String(request.url).slice(1, 4));
    request.resume().on('end', () => response.writeHead(status, { 'content-type': 'text/html' }).end(page));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const api = { port: typeof address === 'object' && address ? address.port : 0 };
  for (const [status, more] of [
    [404, ''],
    [405, ''],
    [413, ''],
    [404, 'final_status: [404], '],
  ] as const) {
    const { camd, push } = await startPushing(
      t,
      `give_up: 1s, ${more}url: "http://127.0.0.1:${api.port}/${status}/{camera}"`,
    );

    const answer = await push('lobby');

    t.equal(answer.status, more === '' ? 503 : 422, `${status} from a wrong URL or a proxy: ${more || 'kept'}`);
    const { state } = camd.status('up');
    if (more === '') t.match(state, { is: 'degraded', why: new RegExp(`answered ${status}`) });
    else t.match(state, { is: 'running' });
    await camd.stop();
  }
});
