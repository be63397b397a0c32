// reading/mqtt: parsing of messages, the reading of a picture, and the state without readings.

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

t.test('only finite numbers are a reading', async (t) => {
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

t.test('the nearest reading to a time is taken from the last second', async (t) => {
  const recent = createRecent();
  const add = (time: number) => recent.add({ values: { at: time }, time });
  for (const time of [0, 400, 900, 1300]) add(time);

  t.equal(recent.nearest(500)?.time, 400);
  t.equal(recent.nearest(700)?.time, 900);
  t.equal(recent.nearest(9999)?.time, 1300);
  t.equal(recent.nearest(0)?.time, 0, 'the newest reading from before the last second remains');
  add(1300 + WINDOW_MS);
  t.equal(recent.nearest(0)?.time, 1300);
});

t.test('memory is limited for a fast sensor and after the clock is set back', async (t) => {
  const recent = createRecent();
  for (let index = 0; index < MAX_READINGS + 10; index++) recent.add({ values: { index }, time: 1000 });
  t.equal(recent.nearest(1000)?.values.index, MAX_READINGS + 9);

  recent.add({ values: { index: -1 }, time: 5 });

  t.equal(recent.nearest(1000)?.values.index, -1, 'earlier readings are forgotten');
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
    const isReported = () => {
      const { state } = camd.status('imu');
      return state.is === 'degraded' && state.why.includes(part);
    };
    await until(isReported, `imu to be degraded: ${part}`);
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
  t.equal(camd.status('imu').state.is, 'degraded', 'a malformed message does not change the state');
  await broker.kill();
  await why('is waiting for the broker');
});

t.test('a retained message is not a reading because its age is unknown', async (t) => {
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
