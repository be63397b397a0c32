// Cases for every provider of `readings`: whole readings of finite numbers, the newest and the nearest, in the profile's order.

import assert from 'node:assert/strict';
import type { Readings } from '../../core/contract/ports.ts';
import type { Ending } from '../ending.ts';
import { until } from '../until.ts';
import type { Case } from './case.ts';

/** The profile names the values "roll" and "pitch", in this order; `max_age` is at least a second. */
export interface ReadingsUnderTest {
  readonly readings: Readings;
  /** Simulates a message of the sensor with these values. */
  send(values: Readonly<Record<string, number>>): void | Promise<void>;
  /** Simulates messages that are not readings, such as text or half of the values; each in a separate message. */
  sendBroken(): void | Promise<void>;
}

export function readingCases<T extends Ending>(make: (t: T) => Promise<ReadingsUnderTest>): readonly Case<T>[] {
  /** Sends until the reading arrives, because the subscription takes some time. */
  const arrive = async ({ readings, send }: ReadingsUnderTest, roll: number): Promise<void> => {
    await until(async () => {
      await send({ pitch: -roll, roll });
      return readings.newest()?.values.roll === roll;
    }, `the reading ${roll}`);
  };
  return [
    {
      title: 'there is no reading before the first one',
      async run(t) {
        const { readings } = await make(t);

        assert.equal(readings.newest(), undefined);
        assert.equal(readings.nearest(Date.now()), undefined);
        assert.ok(readings.maxAge > 0);
      },
    },
    {
      title: 'the newest reading has every value, in the order of the profile, and the time of its arrival',
      async run(t) {
        const made = await make(t);
        const before = Date.now();

        await arrive(made, 7);

        const newest = made.readings.newest();
        assert.deepEqual(Object.entries(newest?.values ?? {}), [
          ['roll', 7],
          ['pitch', -7],
        ]);
        const time = newest?.time ?? 0;
        assert.ok(time >= before && time <= Date.now(), 'milliseconds since the epoch');
      },
    },
    {
      title: 'the reading nearest to a time is found',
      async run(t) {
        const made = await make(t);
        await arrive(made, 1);
        const first = made.readings.newest()?.time ?? 0;
        await until(() => Date.now() > first + 200, 'time to pass');
        await arrive(made, 2);
        const second = made.readings.newest()?.time ?? 0;

        assert.equal(made.readings.nearest(second + 1000)?.values.roll, 2);
        if (second - first < 900) assert.equal(made.readings.nearest(first)?.values.roll, 1);
      },
    },
    {
      title: 'incomplete readings change nothing',
      async run(t) {
        const made = await make(t);
        await arrive(made, 1);

        await made.sendBroken();
        await arrive(made, 2);

        assert.deepEqual(Object.keys(made.readings.newest()?.values ?? {}), ['roll', 'pitch']);
        assert.ok(Object.values(made.readings.newest()?.values ?? {}).every(Number.isFinite));
      },
    },
  ];
}
