// Watchers of a table are notified of every change, including changes before the first reading.

import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { createWatching } from '../../../plugins/registry/sql/watching.ts';
import { manualClock } from '../../support/manual-clock.ts';

t.test(
  'a listener is notified after the first reading, then only of changes, and never after its release',
  async (t) => {
    const { clock, advance } = manualClock();
    const control = new AbortController();
    const table = new Map([['lobby', { facts: { seen: 1 }, token: undefined as string | undefined }]]);
    let readings = 0;
    const watching = createWatching({
      clock,
      every: 1000,
      async rows() {
        readings++;
        return new Map(structuredClone([...table]));
      },
      ignore: ['seen'],
    });
    const running = watching.run(control.signal);
    const settled = async (work: () => unknown): Promise<void> => {
      await work();
      for (let turn = 0; turn < 5; turn++) await setImmediate();
    };

    await settled(() => advance(10_000));
    t.equal(readings, 0, 'without watchers');

    let notifications = 0;
    const release = watching.watch(() => void notifications++);
    await settled(() => {});
    t.same([readings, notifications], [1, 1], 'changes since its own lookup are unknown');

    await settled(() => advance(1000));
    t.same([readings, notifications], [2, 1], 'nothing changed');

    table.set('lobby', { facts: { seen: 2 }, token: undefined });
    await settled(() => advance(1000));
    t.same([readings, notifications], [3, 1], 'only a fact that changes constantly');

    table.set('lobby', { facts: { seen: 2 }, token: 'second' });
    await settled(() => advance(1000));
    t.same([readings, notifications], [4, 2]);

    release();
    table.clear();
    await settled(() => advance(1000));
    t.equal(notifications, 2);
    control.abort();
    await settled(() => advance(3_600_000));
    await running;
  },
);
