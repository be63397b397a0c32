// packaging/mosquitto/camd-durable.conf: a real mosquitto starts with these lines and docs/durability.md explains each of them.

import { readFileSync } from 'node:fs';
import t from 'tap';
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

t.test('mosquitto takes the snippet: it ends at once for a setting that it does not know', async (t) => {
  // The folder and its autosave are those of the test.
  const lines = settings.filter((line) => !/^(persistence|autosave)/.test(line));
  const broker = await mosquitto(t, { lines });

  const client = await outsider(t, broker.url);
  await client.publishAsync('s/a', 'x', { qos: 1 });

  t.ok(client.connected);
});
