// A hub in front of another camd's cameras: its console shows them and captures, and what people ask of a screen reaches it.

import t from 'tap';
import type { Picture } from '../plugins/http/console/api/nodes.ts';
import { consoleAt, logIn } from './support/console.ts';
import { dedent } from './support/dedent.ts';
import { run } from './support/harness.ts';
import { sampleJpeg } from './support/jpeg.ts';
import { mosquitto, outsider } from './support/mosquitto.ts';
import { natsServer } from './support/nats-server.ts';
import { until } from './support/until.ts';

t.setTimeout(180_000);

const PATIENCE = 100_000;

t.test('the console of a hub, and the commands of its pages', async (t) => {
  const [server, broker] = await Promise.all([natsServer(t), mosquitto(t)]);
  const screen = await outsider(t, broker.url);
  const send = (seed: number) =>
    screen.publishAsync('screens/lobby/picture', sampleJpeg({ width: 64, height: 48, seed }), { qos: 1 });
  const messages: string[] = [];
  screen.on('message', (topic, payload) => {
    messages.push(`${topic} ${payload}`);
    void send(2);
  });
  await screen.subscribeAsync('screens/lobby/command', { qos: 1 });
  const client = `nats: { use: nats/client, servers: "${server.url}" }`;
  const edge = await run(
    t,
    dedent`
      camd: 1
      control: false
      pipeline:
        ${client}
        broker: { use: mqtt/client, url: "${broker.url}" }
        screens:
          use: source/mqtt
          via: broker
          topic: screens/{camera}/picture
          command_topic: screens/{camera}/command
        door: { use: source/test-pattern, mode: on_demand }
        edge: { use: nats/edge, via: nats, edge: shop, from: [screens, door] }
    `,
  );
  await edge.state('broker', 'running');
  await send(1);
  const hub = await run(
    t,
    dedent`
      camd: 1
      control: false
      pipeline:
        ${client}
        fleet: { use: source/nats, via: nats, capture_timeout: 1m }
        latest: { use: cache/latest, from: fleet, stale_after: 1h }
        web: { use: http/server, listen: "127.0.0.1:0" }
        screens: { use: http/screens, on: web, from: latest, path: /screens, anyone: true }
        console: { use: http/console, listen: "127.0.0.1:0", users: { anna: { password: correct horse, role: operate } } }
    `,
  );
  const stills = hub.port('latest', 'stills');
  await until(() => stills.cameras().length === 2, 'the cameras of the edge');
  const origin = hub.port('web', 'server').origin;

  const release = hub.output('fleet').want('lobby');
  const response = await fetch(`${origin}/screens/lobby/capture`, { method: 'POST', headers: { origin } });
  t.equal(response.status, 202, await response.text());
  const signal = AbortSignal.timeout(PATIENCE);
  let still = await stills.next('lobby', -1, signal);
  while (!still.data.equals(sampleJpeg({ width: 64, height: 48, seed: 2 }))) {
    still = await stills.next('lobby', still.seq, signal);
  }
  release();
  const shown = (await (await fetch(`${origin}/screens`)).json()) as readonly { readonly camera: string }[];
  const ask = await logIn(await consoleAt(hub), 'anna', 'correct horse');
  const cameras = await ask<readonly { readonly id: string }[]>('/api/cameras');
  const taken = await ask<Picture>('/api/nodes/fleet/capture', { body: { camera: 'door' } });

  t.match(messages, [/^screens\/lobby\/command .*capture/]);
  t.same(shown.map(({ camera }) => camera).sort(), ['door', 'lobby']);
  t.same(cameras.json.map(({ id }) => id).sort(), ['door', 'lobby']);
  t.match(taken.json, { camera: 'door', data: /^data:image\/jpeg/ });
});
