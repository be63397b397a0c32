// The newest pictures of cameras use only their reserved memory.

import t from 'tap';
import { createMemoryBudget } from '../../../../core/base/memory.ts';
import type { Frame } from '../../../../core/contract/frame.ts';
import { createNewest } from '../../../../plugins/kit/stills/newest.ts';

const frame = (camera: string, seq: number, bytes: number): Frame => ({
  camera,
  key: `${camera}-${seq}`,
  seq,
  time: seq,
  arrived: seq,
  type: 'image/jpeg',
  data: Buffer.alloc(bytes),
  width: 1,
  height: 1,
  hasHeadroom: false,
  meta: {},
});

t.test('a newer picture replaces the previous one and its memory', async (t) => {
  const budget = createMemoryBudget(1000);
  const memory = budget.for('latest');
  const newest = createNewest();

  for (let seq = 1; seq <= 50; seq++) t.ok(newest.keep(frame('gate', seq, 400 + seq), 10, memory));
  t.equal(budget.used, 450);
  t.notOk(newest.keep(frame('gate', 50, 10), 10, memory), 'the same picture is not kept again');
  t.equal(newest.get('gate')?.seq, 50);

  t.ok(newest.keep(frame('yard', 1, 500), 10, memory));
  t.notOk(newest.keep(frame('door', 1, 100), 10, memory), 'no memory is left');
  t.same(
    newest.frames().map(({ camera }) => camera),
    ['gate', 'yard'],
  );

  t.notOk(newest.keep(frame('gate', 51, 600), 10, memory), 'larger than the remaining memory');
  t.equal(newest.get('gate'), undefined);
  t.equal(budget.used, 500);

  newest.forget('yard');
  newest.close();
  t.equal(budget.used, 0);
});
