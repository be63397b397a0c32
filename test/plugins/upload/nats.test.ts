// upload/nats: its spool keeps pictures without a receipt; the acknowledgement of the stream itself is ignored.

import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import t, { type Test } from 'tap';
import { createFeed, makeCapture } from '../../../testing/index.ts';
import { dedent } from '../../support/dedent.ts';
import { type Running, run } from '../../support/harness.ts';
import { natsServer } from '../../support/nats-server.ts';
import { until } from '../../support/until.ts';

t.setTimeout(120_000);
const broker = await natsServer(t, { config: 'jetstream { store_dir: "FOLDER/js" }' });
let prefixes = 0;
const newPrefix = (): string => `camd.upload${++prefixes}`;

async function startEdge(t: Test, prefix: string, by: 'link' | 'stream', more = '') {
  const feed = createFeed();
  const yaml = dedent`
    camd: 1
    control: false
    pipeline:
      nats: { use: nats/client, servers: '${broker.url}' }
      camera: { use: test/feed }
      spool: { use: store/spool, from: camera, path: spool, min_free: 0B }
      archive: { use: upload/nats, from: spool, via: nats, site: site-7, by: ${by}, prefix: ${prefix} ${more} }
  `;
  const camd = await run(t, yaml, { plugins: [feed.plugin] });
  await camd.state('nats', 'running');
  return { camd, feed };
}

const waiting = (camd: Running): number => camd.status('spool').metrics.frames ?? -1;

async function streamOf(t: Test, name: string, prefix: string, maxBytes: number) {
  const connection = await connect({ servers: `127.0.0.1:${broker.port}` });
  t.teardown(() => connection.close());
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name, subjects: [`${prefix}.*.picture`], discard: 'new', max_bytes: maxBytes });
  return async () => (await manager.streams.info(name)).state.messages;
}

t.test('a full stream refuses, and the spool keeps', async (t) => {
  const prefix = newPrefix();
  await streamOf(t, 'SMALL', prefix, 100);
  const { camd, feed } = await startEdge(t, prefix, 'stream');
  await feed.send(makeCapture(1));

  const { state } = await camd.state('archive', 'degraded');

  t.match(JSON.stringify(state), /stream did not accept the picture/);
  t.equal(waiting(camd), 1);
});

t.test('the acknowledgement of the stream does not empty the spool', async (t) => {
  const prefix = newPrefix();
  const messages = await streamOf(t, 'SILENT', prefix, 2 ** 20);
  const { camd, feed } = await startEdge(t, prefix, 'stream', ', give_up: 1s');
  await feed.send(makeCapture(1));

  await until(async () => (await messages()) > 0, 'the stream to have the picture');
  const { state } = await camd.state('archive', 'degraded');

  t.match(JSON.stringify(state), /no receipt/);
  t.equal(waiting(camd), 1);
});

t.test('without a subscriber, an edge learns it in one round trip and keeps the picture', async (t) => {
  for (const by of ['link', 'stream'] as const) {
    const { camd, feed } = await startEdge(t, newPrefix(), by);
    await feed.send(makeCapture(1));

    const { state } = await camd.state('archive', 'degraded');

    t.match(JSON.stringify(state), by === 'link' ? /has no subscriber/ : /no stream for pictures/);
    t.equal(waiting(camd), 1);
  }
});
