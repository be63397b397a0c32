// State that outlives instances: whose it is over reloads in which nodes change places, and when it is disposed of.

import t from 'tap';
import { createDurables, type Durables } from '../../../../core/graph/run/durable.ts';

interface State {
  readonly of: string;
}

const holder = (id: string): object => ({ id });

function take(
  durables: Durables,
  who: object,
  id: string,
  predecessors: readonly string[] = [],
  disposed: string[] = [],
) {
  const finish = async (dispose: () => void | Promise<void>): Promise<void> => dispose();
  return durables.acquire<State>(who, { id, use: 'test/any', predecessors, finish }, 'state', {
    same: [],
    create: () => ({ of: id }),
    dispose: ({ of }) => void disposed.push(of),
  });
}

t.test('two nodes that change places again and again have the state of the place, each one of its own', async (t) => {
  const durables = createDurables();
  let [a, b] = [holder('a'), holder('b')];
  await take(durables, a, 'a');
  await take(durables, b, 'b');
  const seen: string[] = [];

  for (let round = 0; round < 3; round++) {
    const release = durables.hold();
    const [nextA, nextB] = [holder('a'), holder('b')];
    const [ofA, ofB] = [await take(durables, nextA, 'a', ['b']), await take(durables, nextB, 'b', ['a'])];
    seen.push(`${ofA.of}${ofB.of}`);
    await durables.release(a);
    await durables.release(b);
    await release();
    [a, b] = [nextA, nextB];
  }

  t.same(seen, ['ba', 'ab', 'ba']);
});

t.test('a node that is new in a reload does not become the predecessor of another one in it', async (t) => {
  const durables = createDurables();
  const before = holder('a');
  await take(durables, before, 'a');
  const release = durables.hold();

  const fresh = await take(durables, holder('a'), 'a', []);
  const renamed = await take(durables, holder('b'), 'b', ['a']);
  await durables.release(before);
  await release();

  t.not(fresh, renamed);
  t.equal(renamed.of, 'a');
});

t.test(
  'after a roll-back the state is that of the node that had it, and what was made meanwhile is disposed of',
  async (t) => {
    const durables = createDurables();
    const disposed: string[] = [];
    const old = holder('a');
    const mine = await take(durables, old, 'a', [], disposed);

    const release = durables.hold();
    const next = holder('b');
    const other = holder('c');
    const lent = await take(durables, next, 'b', ['a'], disposed);
    await take(durables, other, 'c', [], disposed);
    await durables.release(next);
    await durables.release(other);
    await release();

    t.equal(lent, mine);
    t.same(disposed, ['c']);
    t.equal(await take(durables, holder('a'), 'a', ['a'], disposed), mine);
  },
);

t.test(
  'what is ready is disposed of before the release resolves; what is still being made is disposed of later',
  async (t) => {
    const durables = createDurables();
    const disposed: string[] = [];
    let finishMaking: (() => void) | undefined;
    let finishDisposing: (() => void) | undefined;
    const seat = { id: 'a', use: 'test/any', predecessors: [], finish: async (dispose: () => unknown) => dispose() };
    const [ready, slow] = [holder('ready'), holder('slow')];
    await durables.acquire(ready, seat, 'ready', {
      same: [],
      create: () => 'ready',
      dispose: () =>
        new Promise<void>((resolve) => {
          finishDisposing = resolve;
        }),
    });
    void durables.acquire(slow, seat, 'slow', {
      same: [],
      create: () =>
        new Promise<string>((resolve) => {
          finishMaking = () => resolve('slow');
        }),
      dispose: (value) => void disposed.push(value),
    });

    let released = false;
    const releasing = durables.release(ready).then(() => {
      released = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    t.equal(released, false, 'the disposal is awaited');
    finishDisposing?.();
    await releasing;
    await durables.release(slow);
    t.same(disposed, []);
    finishMaking?.();
    await new Promise((resolve) => setImmediate(resolve));

    t.same(disposed, ['slow']);
  },
);

t.test('state that a node creates in a reload is available to its successor in the next one', async (t) => {
  const durables = createDurables();
  const first = holder('a');
  const release = durables.hold();
  const made = await take(durables, first, 'a');
  await release();

  const again = durables.hold();
  const found = await take(durables, holder('a'), 'a', ['a']);
  await durables.release(first);
  await again();

  t.equal(found, made);
});
