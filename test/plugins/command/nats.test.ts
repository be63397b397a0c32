// `camd nats acl` at a real nats-server: an edge cannot use the name of another one, and can do everything that it needs.

import { connect, type NatsConnection } from '@nats-io/transport-node';
import t, { type Test } from 'tap';
import { inboxOf, passwordVariable, renderAcl } from '../../../plugins/command/nats/acl.ts';
import { createProbe, makeCapture } from '../../../testing/index.ts';
import { camd as cli } from '../../support/cli.ts';
import { fleetCameras } from '../../support/fleet.ts';
import { run } from '../../support/harness.ts';
import { type NatsServer, natsServer } from '../../support/nats-server.ts';
import { until } from '../../support/until.ts';

const EDGES = ['shop-7', 'shop.8'];
const options = { edges: EDGES, hubs: ['hub'], subject: 'camd', bucket: 'camd-thumbnails', publish: [] };

/** The passwords in the environment of nats-server. */
async function server(t: Test): Promise<NatsServer> {
  const passwords = [...EDGES, 'hub'].map((user) => `${passwordVariable(user)}: "secret of ${user}"`).join('\n');
  return natsServer(t, { config: `${passwords}\njetstream { store_dir: "FOLDER/js" }\n${renderAcl(options)}` });
}

const client = (server: NatsServer, user: string): string =>
  `nats: { use: nats/client, servers: "${server.url}", user: "${user}", password: "secret of ${user}", inbox: "${inboxOf(user)}" }`;

async function stranger(t: Test, { port }: NatsServer, user: string) {
  const nats: NatsConnection = await connect({ servers: `127.0.0.1:${port}`, user, pass: `secret of ${user}` });
  t.teardown(() => nats.close());
  const refused: string[] = [];
  void (async () => {
    for await (const status of nats.status()) if (status.type === 'error') refused.push(status.error.message);
  })();
  return { nats, refused };
}

t.test(
  'nats-server accepts the output of the command, and edge, hub, pictures and thumbnails work with it',
  async (t) => {
    const nats = await server(t);
    const cameras = fleetCameras(makeCapture);
    const nodes = [client(nats, 'shop.8'), 'cams: { use: test/cameras, ids: [door.2] }'];
    await run(
      t,
      `camd: 1\npipeline:\n  ${nodes.join('\n  ')}\n  edge: { use: nats/edge, via: nats, edge: shop.8, from: cams, thumbnails: {} }\n`,
      { plugins: [cameras.plugin] },
    );
    const probe = createProbe();
    const camd = await run(
      t,
      `camd: 1\npipeline:\n  ${client(nats, 'hub')}\n  fleet: { use: source/nats, via: nats }\n  thumbs: { use: source/nats, via: nats, size: thumbnail }\n  probe: { use: test/probe, from: fleet }\n`,
      { plugins: [probe.plugin] },
    );
    await until(() => probe.cameras().includes('door.2'), 'the list');
    probe.want('door.2');
    await until(() => cameras.send('door.2', makeCapture()) && probe.frames.length > 0, 'a picture');
    const captured = await probe.capture('door.2');
    await camd.state('thumbs', 'running');

    t.equal(captured.camera, 'door.2');
    t.equal(camd.status('nats').state.is, 'running');
  },
);

t.test('an edge cannot subscribe or publish for another one, or send requests and read as a hub', async (t) => {
  const { nats, refused } = await stranger(t, await server(t), 'shop-7');
  const denied = async (what: string, work: () => void): Promise<void> => {
    const before = refused.length;
    work();
    await nats.flush();
    await until(() => refused.length > before, `a refusal: ${what}`);
    t.match(refused.at(-1), /permissions violation/i, what);
  };

  for (const subject of ['camd.edge.shop=2E8.>', 'camd.edge.>', 'camd.hello.*', '_INBOX.hub.>', '_INBOX.>', '>']) {
    await denied(`listen to ${subject}`, () => void nats.subscribe(subject, { callback() {} }));
  }
  for (const subject of [
    ...['camd.hello.shop=2E8', 'camd.edge.shop=2E8.next.door', 'camd.edge.shop-7.next.door', 'camd.roll-call'],
    ...['$KV.camd-thumbnails.shop=2E8.door', '$JS.API.STREAM.DELETE.KV_camd-thumbnails', '_INBOX.hub.x.y'],
  ]) {
    await denied(`publish on ${subject}`, () => nats.publish(subject, 'x'));
  }
  const own = nats.subscribe('camd.edge.shop-7.>', { callback() {} });
  nats.publish('camd.hello.shop-7', 'x');
  const before = refused.length;
  await nats.flush();
  t.equal(refused.length, before, 'its own subjects are permitted');
  own.unsubscribe();
});

t.test('a hub has no rights to streams other than that of the thumbnails', async (t) => {
  const { nats, refused } = await stranger(t, await server(t), 'hub');
  for (const subject of ['STREAM.DELETE.KV_camd-thumbnails', 'STREAM.PURGE.PICTURES', 'STREAM.CREATE.OTHER']) {
    const before = refused.length;
    nats.publish(`$JS.API.${subject}`, '{}');
    await nats.flush();
    await until(() => refused.length > before, `a refusal of ${subject}`);
  }
  t.ok(refused.every((why) => /permissions violation/i.test(why)));
});

t.test('the command refuses names that would change the meaning of the configuration', async (t) => {
  const printed = await cli(['nats', 'acl', '--hub', 'wall', '--publish', 'camd.archive.{edge}', 'a', 'b c']);
  t.equal(printed.code, 0);
  t.match(printed.out, /"camd\.archive\.b=20c"/);
  t.notMatch(printed.out, /jetstream/);

  for (const args of [
    ['nats', 'acl', 'a"b'],
    ['nats', 'acl', 'a', 'a'],
    ['nats', 'acl', 'a.b', 'a-b'],
    ['nats', 'acl', '--subject', 'camd.>', 'a'],
    ['nats', 'acl', '--publish', 'camd.archive.>', 'a'],
    ['nats', 'grant', 'a'],
  ]) {
    t.equal((await cli(args)).code, 64, args.join(' '));
  }
});
