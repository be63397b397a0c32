// source/mqtt: which messages become pictures, which are dropped and counted, and when they are acknowledged.

import type { MqttClient } from 'mqtt';
import t from 'tap';
import type { Frame } from '../../../core/contract/frame.ts';
import { environment } from '../../../core/contract/plugin.ts';
import { createSubscription } from '../../../core/graph/flow/subscription.ts';
import { dedent } from '../../support/dedent.ts';
import { freePort } from '../../support/free-port.ts';
import { type Ending, run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { mosquitto, outsider } from '../../support/mosquitto.ts';
import { until } from '../../support/until.ts';

const picture = (seed: number) => sampleJpeg({ width: 16, height: 16, seed });

async function screens(t: Ending, ...options: string[]) {
  const port = await freePort();
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      broker: { use: mqtt/broker, listen: 127.0.0.1:${port}, anonymous: { publish: ['#'], subscribe: ['#'] } }
      known: { use: registry/list, cameras: [lobby, cafe] }
      screens:
        use: source/mqtt
        via: broker
        ${options.join('\n        ')}
  `,
  );
  const frames: Frame[] = [];
  const take = { handler: async (frame: Frame): Promise<void> => void frames.push(frame) };
  camd.output('screens').add(
    createSubscription({
      handler: (frame) => take.handler(frame),
      delivery: 'every',
      onSkip() {},
      onFull() {},
      onFail() {},
    }),
  );
  const client: MqttClient = await outsider(t, `mqtt://127.0.0.1:${port}`);
  const send = (topic: string, payload: Buffer | string, retain = false) =>
    client.publishAsync(topic, payload, { qos: 1, retain });
  return { camd, frames, take, send, metrics: () => camd.status('screens').metrics };
}

t.test('every form of picture arrives as the camera that the topic names', async (t) => {
  const { frames, send } = await screens(t, 'topic: infoscreen/{camera}/screenshot');
  const base64 = picture(3).toString('base64');

  await send('infoscreen/lobby/screenshot', picture(3));
  await send('infoscreen/cafe/screenshot', base64);
  await send('infoscreen/cafe/screenshot', `data:image/jpeg;base64,${base64}`);
  await send('infoscreen/lobby/screenshot', JSON.stringify({ image: base64 }));
  await send('infoscreen/lobby/heartbeat', 'not for us');

  t.same(
    frames.map(({ camera, seq }) => [camera, seq]),
    [
      ['lobby', 1],
      ['cafe', 1],
      ['cafe', 2],
      ['lobby', 2],
    ],
  );
  t.ok(frames.every(({ data }) => data.equals(picture(3))));
  t.match(frames[0], { width: 16, height: 16, type: 'image/jpeg', meta: { topic: 'infoscreen/lobby/screenshot' } });
});

t.test(
  'bad payloads, unknown cameras, large and frequent messages are acknowledged, dropped and counted',
  async (t) => {
    const { frames, send, metrics } = await screens(
      t,
      'topic: ["a/{camera}", "b/cam-{camera}/x"]',
      'only: known',
      'max_message: 4KiB',
      'max_rate: 2/h',
      'over_rate: drop',
    );

    await send('a/lobby', 'no picture');
    await send('a/nobody', picture(1));
    await send('a/..', picture(1));
    await send('a/lobby', Buffer.alloc(5000));
    await send('a/lobby', picture(1));
    await send('b/cam-cafe/x', picture(2));
    await send('b/cam-cafe/x', picture(3));
    await send('a/lobby', '');

    t.same(
      frames.map(({ camera }) => camera),
      ['cafe'],
      'the bad payload took the one picture that lobby may send in this hour',
    );
    t.match(metrics(), {
      bad_payloads_total: 1,
      unknown_cameras_total: 2,
      too_large_total: 1,
      over_rate_total: 2,
    });
  },
);

t.test('a QoS 1 message is acknowledged once its consumer accepts it, and comes again after a refusal', async (t) => {
  const { frames, take, send } = await screens(t, 'topic: a/{camera}');
  let tries = 0;
  take.handler = async (frame) => {
    tries++;
    if (tries < 3) throw environment('disk-full', 'The disk is full.');
    frames.push(frame);
  };

  await send('a/lobby', picture(1));

  t.equal(tries, 3);
  t.equal(frames.length, 1);
});

t.test('without {camera} the pictures are of the camera that the option names', async (t) => {
  const { frames, send } = await screens(t, 'topic: fixed/topic', 'camera: entrance');

  await send('fixed/topic', picture(1));

  t.equal(frames[0]?.camera, 'entrance');
});

const overMosquitto = (url: string, id: string, ...options: string[]) => dedent`
  camd: 1
  pipeline:
    broker: { use: mqtt/client, url: '${url}', client_id: ${id}, session: persistent, reconnect_within: 200ms }
    screens:
      use: source/mqtt
      via: broker
      ${options.join('\n      ')}
    latest: { use: cache/latest, from: screens }
`;

t.test('a retained picture is accepted once over all connections; "never" accepts none', async (t) => {
  const broker = await mosquitto(t);
  const client = await outsider(t, broker.url);
  await client.publishAsync('a/lobby', picture(1), { qos: 1, retain: true });
  const camd = await run(t, overMosquitto(broker.url, 'once', 'topic: a/{camera}'));
  const never = await run(t, overMosquitto(broker.url, 'never', 'topic: a/{camera}', 'retained: never'));
  await until(() => camd.status('screens').framesOut === 1, 'the retained picture');
  await until(() => never.status('screens').metrics.retained_dropped_total === 1, 'the retained picture');

  await broker.kill('SIGTERM');
  await camd.state('broker', 'degraded');
  await broker.start();
  await until(() => camd.status('screens').metrics.duplicates_total === 1, 'the retained picture again');
  await client.publishAsync('a/lobby', picture(1), { qos: 1, retain: true });
  await until(() => camd.status('screens').framesOut === 2, 'a new message with the same picture');

  t.equal(camd.status('screens').metrics.duplicates_total, 1);
  await until(() => never.output('screens').sent.frames === 1, 'only the new message at the other one');
});

t.test('several camd share the load of one subscription group', async (t) => {
  const broker = await mosquitto(t);
  const shared = 'topic: $share/camd/a/{camera}';
  const one = await run(t, overMosquitto(broker.url, 'one', shared));
  const two = await run(t, overMosquitto(broker.url, 'two', shared));
  await Promise.all([one.state('broker', 'running'), two.state('broker', 'running')]);
  const client = await outsider(t, broker.url);
  const frames = (camd: typeof one) => camd.output('screens').sent.frames;

  for (let seed = 1; seed <= 20; seed++) await client.publishAsync(`a/s${seed}`, picture(seed), { qos: 1 });
  await until(() => frames(one) + frames(two) >= 20, 'all pictures');

  t.equal(frames(one) + frames(two), 20);
  t.ok(frames(one) > 0 && frames(two) > 0, `${frames(one)} and ${frames(two)}`);
});

t.test('messages published while camd is stopped wait in its persistent session', async (t) => {
  const broker = await mosquitto(t);
  const first = await run(t, overMosquitto(broker.url, 'keeper', 'topic: a/{camera}'));
  await first.state('screens', 'running');
  const client = await outsider(t, broker.url);
  await client.publishAsync('a/lobby', picture(1), { qos: 1 });
  await until(() => first.output('screens').sent.frames === 1, 'a first picture');

  await first.stop();
  for (const seed of [2, 3]) await client.publishAsync('a/lobby', picture(seed), { qos: 1 });
  const second = await run(t, overMosquitto(broker.url, 'keeper', 'topic: a/{camera}'));
  await until(() => second.output('screens').sent.frames >= 2, 'the pictures that waited');

  t.equal(second.output('screens').sent.frames, 2);
});

t.test('a topic removed from the profile is unsubscribed at the broker', async (t) => {
  const broker = await mosquitto(t);
  const camd = await run(t, overMosquitto(broker.url, 'changer', "topic: ['a/{camera}', 'b/{camera}']"));
  await camd.state('screens', 'running');
  const client = await outsider(t, broker.url);
  const { sent } = camd.output('screens');
  await client.publishAsync('b/lobby', picture(1), { qos: 1 });
  await until(() => sent.frames === 1, 'a first picture');

  await camd.reload(overMosquitto(broker.url, 'changer', "topic: 'a/{camera}'"));
  /** Messages that come in when one is published to either topic. */
  const coming = async (): Promise<number> => {
    const [frames, before] = [sent.frames, camd.status('broker').metrics.messages_in_total ?? 0];
    await client.publishAsync('b/lobby', picture(2));
    await client.publishAsync('a/lobby', picture(3));
    await until(() => sent.frames > frames, 'the picture behind it');
    return (camd.status('broker').metrics.messages_in_total ?? 0) - before;
  };

  const both = await coming();
  await until(async () => (await coming()) === 1, 'only the topic that is left');

  t.equal(both, 2);
});

t.test('a picture that a later node cannot transform is dropped for good, and delays nothing', async (t) => {
  const broker = await mosquitto(t);
  const profile = overMosquitto(broker.url, 'changing', 'topic: a/{camera}').replace(
    'latest: { use: cache/latest, from: screens }',
    'small: { use: transform/image, from: screens, rotate: 90, max_pixels: 1000 }\n  latest: { use: cache/latest, from: small }',
  );
  const camd = await run(t, profile);
  await camd.state('screens', 'running');
  const client = await outsider(t, broker.url);

  await client.publishAsync('a/lobby', sampleJpeg({ width: 64, height: 64 }), { qos: 1 });
  await client.publishAsync('a/lobby', picture(2), { qos: 1 });
  await until(() => camd.output('small').sent.frames === 1, 'the picture behind it');

  t.match(camd.status('screens').metrics, { rejected_total: 1 });
  t.equal(camd.status('broker').metrics.connects_total, 1);
});

t.test('max_rate delays acknowledged pictures in order, and loses none', async (t) => {
  const { frames, send, metrics } = await screens(t, 'topic: "a/{camera}"', 'max_rate: 20/s');
  const pictures = Array.from({ length: 30 }, (_, seed) => picture(seed + 1));

  await Promise.all(pictures.map((data) => send('a/lobby', data)));

  t.strictSame(
    frames.map(({ data }) => pictures.findIndex((picture) => picture.equals(data))),
    pictures.map((_, index) => index),
    'every picture that was acknowledged has arrived',
  );
  t.ok(Number(metrics().held_total) >= 1, 'some had to wait');
  t.equal(metrics().over_rate_total ?? 0, 0);
});

t.test('each reason for a bad payload is logged, once', async (t) => {
  const { camd, send, metrics } = await screens(t, 'topic: infoscreen/{camera}/screenshot');
  const bad = [
    'hello!',
    '{"image":',
    '{"other":"x"}',
    'data:image/png,abc',
    picture(1).subarray(0, 200),
    '{"image":"AAAA"}',
  ];

  for (let round = 0; round < 5; round++) {
    for (const payload of bad) await send('infoscreen/lobby/screenshot', payload);
  }
  await until(() => metrics().bad_payloads_total === 5 * bad.length, 'all of them');

  const whys = camd.lines.filter(({ msg }) => msg === 'a message contains no picture').map(({ why }) => why);
  t.equal(new Set(whys).size, whys.length, 'no reason twice');
  t.ok(whys.length >= 5, `${whys.length} reasons`);
});
