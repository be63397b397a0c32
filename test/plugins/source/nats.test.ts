// nats/edge and source/nats under the conformance suite of the camd protocol, over a real nats-server.

import t from 'tap';
import { createProbe, makeCapture } from '../../../testing/index.ts';
import { fleetConformance } from '../../conformance/fleet.ts';
import { fleetCameras } from '../../support/fleet.ts';
import { run } from '../../support/harness.ts';
import { natsServer } from '../../support/nats-server.ts';
import { until } from '../../support/until.ts';

t.setTimeout(180_000);

fleetConformance(t, async (t) => {
  const server = await natsServer(t);
  const client = `nats: { use: nats/client, servers: "${server.url}", reconnect_jitter: 50ms, reconnect_within: 200ms }`;
  const join = (options: Readonly<Record<string, string>>) =>
    Object.entries(options)
      .map(([name, value]) => `, ${name}: ${value}`)
      .join('');
  return {
    edge: (name, { small = false } = {}) => [
      client,
      `edge: { use: nats/edge, from: cams, via: nats, edge: "${name}", hello_every: 1s${small ? ', small: small' : ''} }`,
    ],
    hub: (options = {}) => [client, `fleet: { use: source/nats, via: nats${join(options)} }`],
    cut: () => server.kill(),
    restore: () => server.start(),
    names: ['shop 1', 'shop.*.>'],
  };
});

t.test('with "only", a hub has the cameras of its registry and no others', async (t) => {
  const server = await natsServer(t);
  const client = `nats: { use: nats/client, servers: "${server.url}" }`;
  const cameras = fleetCameras(makeCapture);
  await run(
    t,
    `camd: 1\npipeline:\n  ${client}\n  cams: { use: test/cameras, ids: [door, till, yard] }\n  edge: { use: nats/edge, via: nats, edge: shop, from: cams }\n`,
    { plugins: [cameras.plugin] },
  );
  const [some, all] = [createProbe(), createProbe()];
  const hub = (more: string) =>
    `camd: 1\npipeline:\n  ${client}\n  known: { use: registry/list, cameras: [door, yard, attic] }\n  fleet: { use: source/nats, via: nats${more} }\n  probe: { use: test/probe, from: fleet }\n`;
  const camd = await run(t, hub(', only: known'), { plugins: [some.plugin] });
  await run(t, hub(''), { plugins: [all.plugin] });
  await until(() => all.cameras().length === 3 && some.cameras().length > 0, 'the lists of both hubs');

  t.same([...all.cameras()].sort(), ['door', 'till', 'yard']);
  t.same([...some.cameras()].sort(), ['door', 'yard']);
  await t.rejects(camd.output('fleet').ask('command', 'till', { name: 'state' }, AbortSignal.timeout(20_000)));
  t.same(cameras.commands, [], 'no edge receives a request for a camera unknown to the registry');
});
