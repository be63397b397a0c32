// A notify node on a virtual clock: watched cameras, times of notifications, and the stored record.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Frame } from '../../../../core/contract/frame.ts';
import type { Node } from '../../../../core/contract/plugin.ts';
import { textOf, titleOf } from '../../../../plugins/kit/notify/notice.ts';
import { type NotifyOptions, notify } from '../../../../plugins/kit/notify/notifier.ts';
import type { Sent } from '../../../../plugins/kit/notify/outbox.ts';
import { makeFrame } from '../../../../testing/index.ts';
import { folderWith } from '../../../support/cli.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { until } from '../../../support/until.ts';

const OPTIONS: NotifyOptions = { after: 60_000, back_after: 5000, group: 10_000 };

async function world(t: Test, more: Partial<NotifyOptions> = {}, onDemand: readonly string[] = []) {
  const time = manualClock();
  // `t.testdir` would empty the folder of the test's first node, which still writes.
  const folder = folderWith(t, {});
  const file = join(folder, 'notify/mail.json');
  const sent: string[] = [];
  const states: string[] = [];
  const counts: Record<string, number> = {};
  const gauges = new Map<string, () => number>();
  const control = new AbortController();
  let give = (_frame: Frame): void => {};
  let left = (_cameras: readonly string[]): void => {};
  let answer: Sent = { is: 'sent' };
  const announced = new Set<string>();
  const tasks: Promise<unknown>[] = [];
  const quiet = (): void => {};
  const node = {
    id: 'mail',
    options: { ...OPTIONS, ...more },
    clock: time.clock,
    signal: control.signal,
    stateFolder: folder,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    metrics: {
      count: (name: string, by = 1) => {
        counts[name] = (counts[name] ?? 0) + by;
      },
      gauge: (name: string, read: () => number) => void gauges.set(name, read),
    },
    durable: (_name: string, { create }: { create(): Promise<unknown> }) => create(),
    input: () => ({
      cameras: () => [...announced],
      answers: (request: string, camera: string) => request === 'capture' && onDemand.includes(camera),
      onLeft: (work: typeof left) => {
        left = work;
      },
      each: (work: typeof give) => {
        give = work;
      },
    }),
    task: (work: (signal: AbortSignal) => Promise<unknown>) => void tasks.push(work(control.signal)),
    whileActive: (attach: () => () => void) => void attach(),
    degraded: (why: string) => void states.push(why),
    healthy: () => void states.push('healthy'),
  } as unknown as Node<NotifyOptions>;
  await notify(node, async (notice) => {
    sent.push(titleOf(notice));
    t.match(textOf(notice), /\.$/);
    return answer;
  });
  t.teardown(async () => {
    control.abort();
    await Promise.all(tasks);
  });
  const picture = (camera: string): void => {
    announced.add(camera);
    give(makeFrame(camera, 1, { arrived: time.clock.monotonic() }));
  };
  return {
    ...{ time, sent, states, counts, picture, announced },
    gauge: (name: string) => gauges.get(name)?.(),
    leave: (camera: string) => {
      announced.delete(camera);
      left([camera]);
    },
    answers: (next: Sent) => {
      answer = next;
    },
    record: (): object => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).offline : {}),
    /** Writing the record takes real time. */
    written: (look: () => unknown) => until(() => Boolean(look()), 'the record'),
  };
}

t.test('cameras that go offline at about the same time share a notification, and so does their return', async (t) => {
  const { time, sent, states, counts, picture, gauge, record, written } = await world(t);
  picture('gate');
  await time.advance(4000);
  picture('yard');
  await time.advance(65_000);
  t.same(sent, []);
  t.equal(gauge('cameras_offline'), 2);
  await time.advance(2000);
  t.same(sent, ['2 cameras are offline']);
  await written(() => Object.keys(record()).length === 2);
  t.same(states, ['healthy']);
  t.equal(counts.sent_total, 1);
  t.equal(gauge('notifications_waiting'), 0);

  for (let second = 0; second < 20; second++) {
    picture('gate');
    await time.advance(1000);
  }
  t.same(sent, ['2 cameras are offline', 'Camera gate is back']);
  await written(() => Object.keys(record()).length === 1);
  t.equal(gauge('cameras_offline'), 1);
});

t.test('only listed cameras are watched, also those that never send, but none on demand', async (t) => {
  const listed = await world(t, { cameras: ['gate', 'never'] });
  listed.picture('gate');
  listed.picture('other');
  await listed.time.advance(72_000);
  t.same(listed.sent, ['2 cameras are offline']);

  const all = await world(t, {}, ['lazy']);
  all.picture('gate');
  all.picture('lazy');
  await all.time.advance(72_000);
  t.same(all.sent, ['Camera gate is offline']);
});

t.test('a removed camera is forgotten, on the disk too', async (t) => {
  const { time, sent, picture, leave, record, written, gauge } = await world(t);
  picture('gate');
  picture('yard');
  await time.advance(62_000);
  leave('yard');
  await time.advance(10_000);
  t.same(sent, ['Camera gate is offline'], 'no notification of the removed camera');
  await written(() => 'gate' in record());
  leave('gate');
  await written(() => Object.keys(record()).length === 0);
  t.equal(gauge('cameras_offline'), 0);
});

t.test('a failure degrades the node and is retried; a refusal is reported and not retried', async (t) => {
  const { time, sent, states, counts, picture, answers, gauge } = await world(t);
  answers({ is: 'failed', why: 'It is away.' });
  picture('gate');
  await time.advance(72_000);
  t.same(states, ['It is away.']);
  t.equal(gauge('notifications_waiting'), 1);
  answers({ is: 'refused', why: 'No.' });
  await time.advance(5000);
  t.same(sent, ['Camera gate is offline', 'Camera gate is offline']);
  t.same(states, ['It is away.', 'No.']);
  t.match(counts, { failed_total: 1, refused_total: 1 });
  await time.advance(600_000);
  t.equal(sent.length, 2);
});
