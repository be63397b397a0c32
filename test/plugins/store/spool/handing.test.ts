// The loop that hands frames on: it never sleeps past the end of a pause, however the clock is read.

import { join } from 'node:path';
import t from 'tap';
import type { Clock } from '../../../../core/base/clock.ts';
import { environment } from '../../../../core/contract/plugin.ts';
import { openDisk } from '../../../../plugins/store/spool/disk.ts';
import { factsOf } from '../../../../plugins/store/spool/format.ts';
import { createHanding } from '../../../../plugins/store/spool/handing.ts';
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

for (const early of [0, 1, 2, 3, 4, 5]) {
  t.test(`a refused frame is tried again when its pause ends, with a timer that is ${early} ms early`, async (t) => {
    const noted = () => {};
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
    let tries = 0;
    const handing = createHanding({
      spool,
      clock: slowClock(early),
      ...{ parallel: 1, rate: undefined, maxAge: undefined },
      acknowledged: () => true,
      emit: async () => {
        tries++;
        if (tries < 8) throw environment('unpublished', 'The broker is away.');
      },
      bury: async () => {},
      ...{ count: noted, condition: noted, failed: noted },
    });
    const end = new AbortController();
    const running = handing.run(end.signal);

    await until(() => spool.count === 0, 'the frame to be delivered', 10_000);
    end.abort();
    await running;
    await spool.close();

    t.equal(tries, 8);
  });
}
