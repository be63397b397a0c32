// Who watches a table is told of what changed, also of what changed before the first reading.

import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { createWatching } from '../../../plugins/registry/sql/watching.ts';
import { manualClock } from '../../support/manual-clock.ts';

t.test(
  'a listener is told after the first reading, then only of changes, and of nothing once it has left',
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
    t.equal(readings, 0, 'nobody watches');

    let told = 0;
    const release = watching.watch(() => void told++);
    await settled(() => {});
    t.same([readings, told], [1, 1], 'what changed since it looked itself is not known');

    await settled(() => advance(1000));
    t.same([readings, told], [2, 1], 'nothing changed');

    table.set('lobby', { facts: { seen: 2 }, token: undefined });
    await settled(() => advance(1000));
    t.same([readings, told], [3, 1], 'only a fact that changes by itself');

    table.set('lobby', { facts: { seen: 2 }, token: 'second' });
    await settled(() => advance(1000));
    t.same([readings, told], [4, 2]);

    release();
    table.clear();
    await settled(() => advance(1000));
    t.equal(told, 2);
    control.abort();
    await settled(() => advance(3_600_000));
    await running;
  },
);
