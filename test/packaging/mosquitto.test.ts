// packaging/mosquitto/camd-durable.conf: with it a real mosquitto keeps acknowledged messages; docs/durability.md explains each line.

import { readFileSync } from 'node:fs';
import t from 'tap';
import { createProbe, makeCapture, until } from '../../testing/index.ts';
import { dedent } from '../support/dedent.ts';
import { run } from '../support/harness.ts';
import { mosquitto, outsider } from '../support/mosquitto.ts';

const FILE = 'packaging/mosquitto/camd-durable.conf';
const TABLE = 'docs/durability.md';

const settings = readFileSync(FILE, 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

t.test('docs/durability.md explains every setting of the mosquitto snippet', async (t) => {
  const text = readFileSync(TABLE, 'utf8');

  for (const setting of settings) {
    const [name = ''] = setting.split(' ');
    if (name !== 'persistence_location') t.match(text, name);
  }
  t.ok(settings.length >= 6);
});

t.test('mosquitto accepts the snippet, and exits at once for an unknown setting', async (t) => {
  // The folder and its autosave are those of the test.
  const lines = settings.filter((line) => !/^(persistence|autosave)/.test(line));
  const broker = await mosquitto(t, { lines });

  const client = await outsider(t, broker.url);
  await client.publishAsync('s/a', 'x', { qos: 1 });

  t.ok(client.connected);
});

t.test('after a kill, mosquitto with the snippet still has the acknowledged messages for an absent camd', async (t) => {
  const lines = settings.map((line) => line.replace('/var/lib/mosquitto/', 'FOLDER/'));
  const broker = await mosquitto(t, { lines, bare: true });
  const probe = createProbe();
  const profile = dedent`
    camd: 1
    pipeline:
      broker: { use: mqtt/client, url: '${broker.url}', client_id: camd, session: persistent, reconnect_within: 200ms }
      screens: { use: source/mqtt, via: broker, topic: 's/{camera}', qos: 1 }
      end: { use: test/probe, from: screens }
  `;
  const before = await run(t, profile, { plugins: [probe.plugin] });
  await before.state('broker', 'running');
  const client = await outsider(t, broker.url);
  // Once a picture arrives, the broker knows the subscription.
  await client.publishAsync('s/lobby', makeCapture(100).data, { qos: 1 });
  await until(() => probe.frames.length === 1, 'the first picture');
  await before.stop();

  for (let seed = 1; seed <= 30; seed++) await client.publishAsync('s/lobby', makeCapture(seed).data, { qos: 1 });
  // mosquitto writes after it has acknowledged; one more message shows that it has written the earlier ones.
  await client.publishAsync('elsewhere', 'x', { qos: 1 });
  await broker.kill();
  client.end(true);
  await broker.start();
  const after = await run(t, profile, { plugins: [probe.plugin] });
  await until(
    () => probe.frames.length >= 31,
    () => `all pictures; ${probe.frames.length} are there`,
  );

  const seen = probe.frames.slice(1).map(({ data }) => data.toString('latin1'));
  const sent = Array.from({ length: 30 }, (_, index) => makeCapture(index + 1).data.toString('latin1'));
  t.same([...new Set(seen)], sent);
  await after.stop();
});
