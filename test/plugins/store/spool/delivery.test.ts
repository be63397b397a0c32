// The loop that hands frames on: it never sleeps past the end of a pause, with any clock.

import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Clock } from '../../../../core/base/clock.ts';
import { environment } from '../../../../core/contract/plugin.ts';
import {
  createSpoolDelivery,
  NO_CONSUMER_MS,
  type SpoolDeliveryOptions,
} from '../../../../plugins/store/spool/delivery.ts';
import { openDisk } from '../../../../plugins/store/spool/disk.ts';
import { factsOf } from '../../../../plugins/store/spool/format.ts';
import { openSpool } from '../../../../plugins/store/spool/spool.ts';
import { makeFrame } from '../../../../testing/index.ts';
import { until } from '../../../support/until.ts';

/** Each reading takes a millisecond, as it may on a busy machine; a sleep ends `early` milliseconds too soon, as timers may. */
function slowClock(early: number): Clock {
  let time = 0;
  return {
    now: () => time,
    monotonic: () => time++,
    sleep: async (ms) => {
      time += Math.max(ms - early, 0);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const noted = () => {};

/** A spool with one frame, and its delivery loop. */
async function deliveryOf(t: Test, own: Pick<SpoolDeliveryOptions, 'clock' | 'emit'> & Partial<SpoolDeliveryOptions>) {
  const folder = t.testdir({ segments: {}, quarantine: {} });
  const spool = await openSpool(
    {
      disk: await openDisk(join(folder, 'segments')),
      quarantine: await openDisk(join(folder, 'quarantine')),
      now: () => 0,
      events: { ready: noted, damaged: noted, trouble: noted },
    },
    'oldest-first',
  );
  spool.maxBytes = 2 ** 24;
  const frame = makeFrame('door', 1);
  await spool.append(frame, factsOf(frame));
  const delivery = createSpoolDelivery({
    spool,
    ...{ parallel: 1, rate: undefined, maxAge: undefined },
    acknowledged: () => true,
    setAside: async () => {},
    ...{ count: noted, condition: noted, failed: noted },
    ...own,
  });
  const end = new AbortController();
  const running = delivery.run(end.signal);
  t.teardown(async () => {
    end.abort();
    await running;
    await spool.close();
  });
  return spool;
}

for (const early of [0, 1, 2, 3, 4, 5]) {
  t.test(`a refused frame is tried again when its pause ends, with a timer that is ${early} ms early`, async (t) => {
    let tries = 0;
    const spool = await deliveryOf(t, {
      clock: slowClock(early),
      emit: async () => {
        tries++;
        if (tries < 8) throw environment('unpublished', 'The broker is away.');
      },
    });

    await until(() => spool.count === 0, 'the frame to be delivered', 10_000);

    t.equal(tries, 8);
  });
}

t.test(
  'a consumer that stops while it has a frame is no failure of the spool, and the next one gets the frame',
  async (t) => {
    const reports: unknown[] = [];
    let tries = 0;
    const spool = await deliveryOf(t, {
      clock: slowClock(0),
      emit: async () => {
        tries++;
        if (tries === 1) throw new DOMException('The operation was aborted', 'AbortError');
      },
      failed: (cause) => reports.push(cause),
      condition: (_name, sentence) => sentence !== undefined && reports.push(sentence),
    });

    await until(() => spool.count === 0, 'the frame to be delivered', 10_000);

    t.same(reports, []);
  },
);

t.test('a missing consumer is reported after a delay: a replaced one stops earlier than the spool', async (t) => {
  const clock = slowClock(0);
  let reportedAt: number | undefined;
  await deliveryOf(t, {
    clock,
    acknowledged: () => false,
    emit: async () => {},
    condition: (name, sentence) => {
      if (name === 'consumers' && sentence !== undefined) reportedAt ??= clock.monotonic();
    },
  });

  await until(() => reportedAt !== undefined, 'the sentence', 10_000);

  t.ok(Number(reportedAt) >= NO_CONSUMER_MS, `${reportedAt} ms`);
});
