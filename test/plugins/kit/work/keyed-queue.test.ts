// The keyed queue: ordered per key, parallel across keys, limited in both.

import t from 'tap';
import { createKeyedQueue } from '../../../../plugins/kit/work/keyed-queue.ts';

/** Jobs that the test ends. */
function jobs() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    begun,
    job: (name: string) => () => {
      begun.push(name);
      return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
    },
    async end(name: string): Promise<void> {
      ends.get(name)?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

t.test('jobs of one key run in order, keys run in parallel up to a limit', async (t) => {
  const { begun, job, end } = jobs();
  const lanes = createKeyedQueue({ parallel: 2, waiting: 10 });
  for (const name of ['a1', 'a2', 'b1', 'c1', 'b2']) void lanes.run(name.charAt(0), job(name));

  t.same(begun, ['a1', 'b1']);
  await end('b1');
  t.same(begun, ['a1', 'b1', 'c1'], 'a waiting key comes before the second job of a served key');
  await end('a1');
  await end('c1');
  t.same(begun, ['a1', 'b1', 'c1', 'b2', 'a2']);
  t.equal(lanes.waiting(), 0);
});

t.test('a job over the limit of its key is refused, also while other keys are free', async (t) => {
  const { job, end } = jobs();
  const lanes = createKeyedQueue({ parallel: 2, waiting: 1 });
  const first = lanes.run('a', job('a1'));

  t.ok(lanes.run('a', job('a2')));
  t.equal(lanes.run('a', job('a3')), undefined);
  t.ok(lanes.run('b', job('b1')), 'another key is free');
  await end('a1');
  t.equal(await first, 'a1');
});

t.test('a failed job rejects its own promise and delays no other job', async (t) => {
  const lanes = createKeyedQueue({ parallel: 1, waiting: 10 });

  const failed = lanes.run('a', () => Promise.reject(new Error('no')));
  const after = lanes.run('a', async () => 'yes');

  await t.rejects(failed ?? Promise.resolve(), { message: 'no' });
  t.equal(await after, 'yes');
  await lanes.idle();
});

t.test('idle resolves when all work is done', async (t) => {
  const { job, end } = jobs();
  const lanes = createKeyedQueue({ parallel: 1, waiting: 10 });
  void lanes.run('a', job('a'));
  void lanes.run('b', job('b'));
  let idle = false;
  const rest = lanes.idle().then(() => {
    idle = true;
  });

  await end('a');
  t.equal(idle, false);
  await end('b');
  await rest;
  t.equal(idle, true);
});
