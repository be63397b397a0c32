// reading/mqtt: which messages are readings, which reading belongs to a picture, and what is reported while none comes.

import t from 'tap';
import { createRecent, MAX_READINGS, WINDOW_MS } from '../../../plugins/reading/mqtt/recent.ts';
import { fieldsOf, MAX_MESSAGE_BYTES, valuesOf } from '../../../plugins/reading/mqtt/values.ts';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';
import { mosquitto, outsider } from '../../support/mosquitto.ts';
import { until } from '../../support/until.ts';

const FIELDS = fieldsOf({ roll: 'roll', pitch: 'imu.angles.1', yaw: 'imu.yaw' });
const parse = (text: string) => valuesOf(Buffer.from(text), FIELDS);

t.test('fields are found by their paths, in the order of the profile', async (t) => {
  t.same(parse('{"imu":{"yaw":3,"angles":[0,2.5]},"roll":-1,"more":"x"}'), {
    values: { roll: -1, pitch: 2.5, yaw: 3 },
  });
});

t.test('only finite numbers make a reading', async (t) => {
  const reason = (text: string) => {
    const found = parse(text);
    return 'reason' in found ? found.reason : 'a reading';
  };

  t.equal(reason('nonsense'), 'is not JSON');
  t.equal(reason('{"roll":NaN}'), 'is not JSON');
  t.equal(reason('[]'), 'has no "roll"');
  t.equal(reason('null'), 'has no "roll"');
  t.match(reason('{"roll":"1"}'), 'not a finite number');
  t.match(reason('{"roll":1e999}'), 'not a finite number');
  t.match(reason('{"roll":1,"imu":{"angles":{"1":null}}}'), '"imu.angles.1" that is not a finite number');
  t.match(reason('{"roll":1,"imu":{"angles":[]}}'), 'has no "imu.angles.1"');
  t.equal(reason('{"__proto__":{"roll":1}}'), 'has no "roll"');
  t.match(reason(' '.repeat(MAX_MESSAGE_BYTES + 1)), 'larger than 64 KiB');
});

t.test('the reading nearest to a time is taken out of the last second', async (t) => {
  const recent = createRecent();
  const add = (time: number) => recent.add({ values: { at: time }, time });
  for (const time of [0, 400, 900, 1300]) add(time);

  t.equal(recent.nearest(500)?.time, 400);
  t.equal(recent.nearest(700)?.time, 900);
  t.equal(recent.nearest(9999)?.time, 1300);
  t.equal(recent.nearest(0)?.time, 0, 'the newest one from before the last second stays');
  add(1300 + WINDOW_MS);
  t.equal(recent.nearest(0)?.time, 1300);
});

t.test('a fast sensor and a clock that was set back keep the memory bounded', async (t) => {
  const recent = createRecent();
  for (let index = 0; index < MAX_READINGS + 10; index++) recent.add({ values: { index }, time: 1000 });
  t.equal(recent.nearest(1000)?.values.index, MAX_READINGS + 9);

  recent.add({ values: { index: -1 }, time: 5 });

  t.equal(recent.nearest(1000)?.values.index, -1, 'what came before the jump is forgotten');
});

t.test('a node is degraded while the broker or the sensor is silent, and healthy with each reading', async (t) => {
  const broker = await mosquitto(t);
  const camd = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        broker: { use: mqtt/client, url: "${broker.url}" }
        imu: { use: reading/mqtt, via: broker, topic: status/, fields: { roll: roll }, max_age: 500ms }
    `,
  );
  const imu = () => camd.port('imu', 'readings');
  const why = async (part: string) => {
    const told = () => {
      const { state } = camd.status('imu');
      return state.is === 'degraded' && state.why.includes(part);
    };
    await until(told, `imu to be degraded: ${part}`);
  };
  const client = await outsider(t, broker.url);

  await why('No reading has arrived on status/ for 0.5 s');
  await client.publishAsync('status/', '{"roll":7}', { retain: true, qos: 1 });
  await until(() => imu().newest() !== undefined, 'a reading');
  t.match(imu().newest(), { values: { roll: 7 } });
  await until(
    () => camd.lines.some(({ msg, node }) => msg === 'node is running' && node === 'imu'),
    'imu to be healthy',
  );
  await why('No reading');
  await client.publishAsync('status/', '{"roll":"NaN"}', { qos: 1 });
  await until(() => (camd.status('imu').metrics.malformed_total ?? 0) === 1, 'the message to be counted');
  t.equal(camd.status('imu').state.is, 'degraded', 'a message that is no reading makes nothing well');
  await broker.kill();
  await why('is waiting for the broker');
});

t.test('a retained message is no reading, since nobody knows how old it is', async (t) => {
  const broker = await mosquitto(t);
  const client = await outsider(t, broker.url);
  await client.publishAsync('status/', '{"roll":7}', { retain: true, qos: 1 });

  const camd = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        broker: { use: mqtt/client, url: "${broker.url}" }
        imu: { use: reading/mqtt, via: broker, topic: status/, fields: { roll: roll } }
    `,
  );
  await until(
    () => (camd.status('imu').metrics.retained_dropped_total ?? 0) === 1,
    'the retained message to be counted',
  );

  t.equal(camd.port('imu', 'readings').newest(), undefined);
});
