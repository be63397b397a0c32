// Built-in nodes of a fleet, and the console, under the conformance suite of every node.

import t, { type Test } from 'tap';
import { createFeed, nodeCases, type Setup } from '../../testing/index.ts';
import { conform } from '../support/cases.ts';
import { postgres } from '../support/databases.ts';
import { freePort } from '../support/free-port.ts';
import { natsServer } from '../support/nats-server.ts';

t.setTimeout(180_000);
const database = await postgres(t);

/** A node behind a connection to NATS. `reports`: it reports the missing connection itself instead of leaving that to nats/client. */
function overNats(id: string, node: string, others: readonly string[], reports = false) {
  return nodeCases<Test>(async (t): Promise<Setup> => {
    const broker = await natsServer(t, { config: 'jetstream { store_dir: "FOLDER/js" }' });
    const head = (port: number): string =>
      ['camd: 1', 'pipeline:', `  nats: { use: nats/client, servers: 'nats://127.0.0.1:${port}' }`, ...others, ''].join(
        '\n',
      );
    const here = head(broker.port);
    return {
      yaml: `${here}  ${id}: { ${node} }\n`,
      id,
      without: here,
      ...(reports && { missing: `${head(await freePort())}  ${id}: { ${node} }\n` }),
      plugins: [createFeed().plugin],
    };
  });
}

const CAMERA = '  camera: { use: test/feed }';

conform(t, {
  'nats/client': nodeCases<Test>(async (t) => {
    const broker = await natsServer(t);
    const of = (port: number): string =>
      `camd: 1\npipeline:\n  nats: { use: nats/client, servers: 'nats://127.0.0.1:${port}' }\n`;
    return { yaml: of(broker.port), id: 'nats', missing: of(await freePort()) };
  }),
  'nats/edge': overNats('edge', 'use: nats/edge, via: nats, edge: shop, from: camera', [CAMERA], true),
  'upload/nats': overNats('up', 'use: upload/nats, from: spool, via: nats, site: shop, by: link', [
    CAMERA,
    '  spool: { use: store/spool, from: camera, path: spool, min_free: 0B }',
  ]),
  'archive/worker': overNats('worker', 'use: archive/worker, into: bucket, via: nats', [
    "  bucket: { use: store/s3, endpoint: 'http://127.0.0.1:9', bucket: pictures, access_key: none, secret_key: none-none-none-none }",
  ]),

  'lease/postgres': nodeCases<Test>(async () => {
    const of = (url: string): string =>
      `camd: 1\npipeline:\n  turn: { use: lease/postgres, url: '${url}', name: conformance, every: 100ms }\n`;
    return { yaml: of(database.url), id: 'turn', missing: of(`postgres://a:b@127.0.0.1:${await freePort()}/none`) };
  }),

  'http/console': nodeCases<Test>(() => {
    const head = 'camd: 1\npipeline:\n  camera: { use: test/feed }\n';
    return {
      yaml: `${head}  console: { use: http/console, listen: '127.0.0.1:0' }\n`,
      id: 'console',
      without: head,
      plugins: [createFeed().plugin],
    };
  }),
});
