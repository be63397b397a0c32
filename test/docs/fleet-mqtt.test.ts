// The blocks of docs/fleet-mqtt.md as they stand there: at mosquitto, and at the MQTT door of a real nats-server.

import t, { type Test } from 'tap';
import { freePort } from '../support/free-port.ts';
import { run } from '../support/harness.ts';
import { mosquitto } from '../support/mosquitto.ts';
import { natsServer } from '../support/nats-server.ts';
import { fillIn, pageBlocks } from '../support/page-blocks.ts';

const PAGE = 'docs/fleet-mqtt.md';
const blockOf = (name: string): string => pageBlocks(PAGE).find((block) => block.name === name)?.text ?? '';

async function passes(t: Test, port: number): Promise<void> {
  const broker = { 'mqtt://127.0.0.1:1883': `mqtt://127.0.0.1:${port}` };
  const site = await run(t, fillIn(blockOf('site.yaml'), { ...broker, 'every: 10s': 'every: 1s' }));
  await site.state('broker', 'running');
  const server = fillIn(blockOf('server.yaml'), { ...broker, '127.0.0.1:8080': '127.0.0.1:0' });
  const early = await run(t, server);
  const first = await early.port('latest', 'stills').next('door', -1, AbortSignal.timeout(60_000));
  await site.stop();
  const late = await run(t, server);
  const kept = await late.port('latest', 'stills').next('door', -1, AbortSignal.timeout(60_000));

  t.match(first, { camera: 'door', type: 'image/jpeg' });
  t.match(kept, { camera: 'door', type: 'image/jpeg' }, 'the broker has kept the newest one');
}

t.test('at mosquitto', async (t) => passes(t, (await mosquitto(t)).port));

t.test('at the MQTT door of nats-server', async (t) => {
  const door = await freePort();
  const config = fillIn(blockOf('nats.conf'), {
    'listen: 127.0.0.1:4222\n': '',
    '/var/lib/nats': 'FOLDER/js',
    '127.0.0.1:1883': `127.0.0.1:${door}`,
  });
  await natsServer(t, { config });

  await passes(t, door);
});

t.test('shared subscriptions: each message goes to one of two servers', async (t) => {
  const { port, url } = await mosquitto(t);
  const text = fillIn(blockOf('server.yaml'), {
    'mqtt://127.0.0.1:1883': `mqtt://127.0.0.1:${port}`,
    '127.0.0.1:8080': '127.0.0.1:0',
    'topic: fleet/{camera}/image': "topic: '$share/hubs/fleet/{camera}/image'",
  });
  const servers = [await run(t, text), await run(t, text)];
  for (const camd of servers) await camd.state('fleet', 'running');
  const site = await run(
    t,
    fillIn(blockOf('site.yaml'), {
      'mqtt://127.0.0.1:1883': url,
      'every: 10s': 'every: 100ms',
      'source/test-pattern': 'source/test-pattern, fps: 10, size: 64x48',
    }),
  );
  const sent = () => Number(site.status('broker').metrics.messages_out_total ?? 0);
  const taken = () => servers.map((camd) => camd.status('fleet').framesOut);
  while (sent() < 12) await new Promise((resolve) => setTimeout(resolve, 20));
  await site.stop();
  const total = sent();
  while (taken().reduce((sum, count) => sum + count, 0) < 12) await new Promise((resolve) => setTimeout(resolve, 20));

  t.ok(
    taken().every((count) => count > 0),
    `both have some: ${taken()}`,
  );
  t.ok(taken().reduce((sum, count) => sum + count, 0) <= total, 'and no message came twice');
});
