// A picture whose acknowledgement is lost is sent again after a restart of the sender, and the camd that has it drops the second one.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { createFeed, createProbe, makeCapture, until } from '../../../../testing/index.ts';
import { folderWith } from '../../../support/cli.ts';
import { dedent } from '../../../support/dedent.ts';
import { run } from '../../../support/harness.ts';

const TOKEN = 'correct-horse-battery';

t.test('a frame that a spool sends again after a restart arrives once', async (t) => {
  const probe = createProbe();
  const receiver = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        web: { use: http/server, listen: 127.0.0.1:0 }
        posted: { use: source/http, on: web, path: '/{camera}', token: ${TOKEN} }
        end: { use: test/probe, from: posted }
    `,
    { plugins: [probe.plugin] },
  );
  const { origin } = receiver.port('web', 'server');
  let isCut = true;
  /** Forwards requests, and drops the answers while it is cut. */
  const line = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const { authorization = '', 'idempotency-key': key } = request.headers;
      const headers = { authorization, 'content-type': 'image/jpeg', 'idempotency-key': String(key) };
      const body = new Uint8Array(Buffer.concat(chunks));
      const answer = await fetch(`${origin}${request.url}`, { method: 'POST', headers, body });
      if (isCut) request.socket.destroy();
      else response.writeHead(answer.status).end();
    });
  });
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    line.closeAllConnections();
    line.close();
  });
  const feed = createFeed();
  const profile = dedent`
    camd: 1
    pipeline:
      camera: { use: test/feed }
      spool: { use: store/spool, from: camera, path: ${folderWith(t, {})}, min_free: 1MiB }
      api:
        use: upload/http
        from: spool
        url: 'http://127.0.0.1:${(line.address() as AddressInfo).port}/{camera}'
        send: every
        headers: { Authorization: 'Bearer ${TOKEN}' }
  `;
  const before = await run(t, profile, { plugins: [feed.plugin] });
  await feed.send({ ...makeCapture(1), camera: 'front', key: 'one' });
  await until(() => probe.frames.length === 1, 'the picture at the receiver');
  await before.stop();

  isCut = false;
  const after = await run(t, profile, { plugins: [feed.plugin] });
  await until(() => after.status('spool').metrics.delivered_total === 1, 'the picture to be acknowledged');

  t.same(
    probe.frames.map(({ key }) => key),
    ['one'],
  );
  t.ok((receiver.status('posted').metrics.duplicates_total ?? 0) >= 1);
});
