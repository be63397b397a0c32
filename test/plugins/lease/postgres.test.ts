// lease/postgres: exactly one of two processes deletes old pictures, and the other takes over when it is killed.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type Clock, systemClock } from '../../../core/base/clock.ts';
import { folderWith } from '../../support/cli.ts';
import { startDaemon } from '../../support/daemon.ts';
import { postgres } from '../../support/databases.ts';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';

t.setTimeout(120_000);
const database = await postgres(t);

const leaseOf = (name: string, every = '100ms'): string =>
  `{ use: lease/postgres, url: '${database.url}', name: ${name}, every: ${every} }`;

t.test(
  'of two processes with the same retention, one deletes pictures, and the other takes over when it is killed',
  async (t) => {
    const folder = folderWith(t, {});
    const pictures = join(folder, 'pictures');
    mkdirSync(pictures);
    const put = (count: number, day: number): void => {
      for (let second = 0; second < count; second++) {
        const name = `front_202601${String(day).padStart(2, '0')}T0000${String(second).padStart(2, '0')}.000000Z.jpg`;
        writeFileSync(join(pictures, name), sampleJpeg({ width: 16, height: 16, seed: second }));
      }
    };
    put(5, 1);
    const yaml = dedent`
    camd: 1
    control: false
    pipeline:
      disk: { use: store/disk, path: '${pictures}', min_free: 0B, latest_as: none }
      turn: ${leaseOf('retention')}
      retention: { use: retain/policy, into: disk, max_count: 1, every: 1s, clock_hold: 1ms, lease: turn }
  `;
    const first = await startDaemon(t, yaml);
    await first.line('lease acquired');
    const second = await startDaemon(t, yaml);
    await first.line('retention run');

    // Neither process sees the deletions of the other: the log shows which of them deletes.
    t.notOk(second.lines.some(({ msg }) => msg === 'retention run' || msg === 'lease acquired'));
    first.signal('SIGKILL');
    await first.ended;
    await second.line('lease acquired');
    await second.line('retention run');
    t.pass('the second process has taken over');
  },
);

t.test('a lease is lost at once when the database is down, and acquired again when it is back', async (t) => {
  const camd = await run(t, `camd: 1\ncontrol: false\npipeline:\n  turn: ${leaseOf('lost')}\n`);
  const lease = camd.port('turn', 'lease');
  const changes: boolean[] = [];
  lease.watch((held) => void changes.push(held));
  await until(() => lease.held, 'the lease to be held');

  await database.kill();
  await until(() => !lease.held, 'the lease to be lost');
  await camd.state('turn', 'degraded');
  await database.start();
  await until(() => lease.held, 'the lease to be held again');

  t.same(changes, [false, true, false, true]);
});

t.test('a lease ends with its connection, not at the next query', async (t) => {
  const never: Clock = {
    ...systemClock,
    sleep: (ms, signal) => systemClock.sleep(ms === 10_000 ? 2 ** 31 - 1 : ms, signal),
  };
  const yaml = `camd: 1\ncontrol: false\npipeline:\n  turn: ${leaseOf('seldom', '10s')}\n`;
  const camd = await run(t, yaml, { clock: never });
  const lease = camd.port('turn', 'lease');
  await until(() => lease.held, 'the lease to be held');

  await database.kill();
  await until(() => !lease.held, 'the lease to be lost');
  await database.start();

  t.equal(camd.status('turn').metrics.lost_total, 1);
});

t.test(
  'of two nodes with the same lease name, one holds it, and the other acquires it when the first stops',
  async (t) => {
    const yaml = `camd: 1\ncontrol: false\npipeline:\n  turn: ${leaseOf('handed')}\n`;
    const first = await run(t, yaml);
    await until(() => first.port('turn', 'lease').held, 'the first to hold it');
    let rounds = 0;
    const counting: Clock = {
      ...systemClock,
      sleep(ms, signal) {
        if (ms === 100) rounds++;
        return systemClock.sleep(ms, signal);
      },
    };
    const second = await run(t, yaml, { clock: counting });
    const changes: boolean[] = [];
    second.port('turn', 'lease').watch((held) => void changes.push(held));
    // The node sleeps after each answer of the database.
    await until(() => rounds > 2, 'several queries of the second node');
    t.equal(second.status('turn').state.is, 'running');
    t.same(changes, [false]);

    await first.stop();

    await until(() => second.port('turn', 'lease').held, 'the second to hold it');
    t.pass();
  },
);
