// The memory of released frames is freed soon, and cheaply however many cameras there are.

import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { useSharedMemory, usesSharedMemory } from '../../../../core/base/picture-memory.ts';
import { allocate } from '../../../../core/contract/frame.ts';
import { FORGET_AFTER } from '../../../../core/graph/flow/newest-bytes.ts';
import {
  COLLECT_BYTES,
  createYoungCollection,
  MOST_ROUNDS,
  OVERDUE,
  PILE_BYTES,
  SHARE_ABOVE,
  SHARE_UNTIL,
  YOUNG_BYTES,
} from '../../../../core/graph/flow/young-collection.ts';

const MIB = 2 ** 20;
const MAJOR = constants.NODE_PERFORMANCE_GC_MAJOR;

t.afterEach(() => useSharedMemory(false));

/** A collection that is only counted, and the work that is to be done later. */
function counted() {
  const counts = { young: 0, all: 0, percent: 0 };
  const later: (() => void)[] = [];
  const memory = { outside: 0, heap: 20 * MIB };
  const collection = createYoungCollection(
    {
      young: () => void counts.young++,
      all: () => void counts.all++,
      growth: (percent) => {
        counts.percent = percent;
      },
      heap: () => memory.heap,
      outside: () => memory.outside,
    },
    (work) => void later.push(work),
  );
  const run = (): void => {
    for (const work of later.splice(0)) work();
  };
  return { collection, counts, later, memory, run };
}

t.test('what the start has left is collected on request, frames or not', (t) => {
  const { collection, counts, later } = counted();
  collection.settle();
  t.match({ ...counts, later: later.length }, { all: 1, young: 0, later: 0 });
  t.end();
});

t.test('a collection is made once for so many bytes of frames, between two turns of the event loop', async (t) => {
  const { collection, counts, later, run } = counted();
  const note = collection.of('node');

  note('a', COLLECT_BYTES - 1);
  t.equal(later.length, 0, 'not yet');
  note('a', 1);
  note('a', COLLECT_BYTES - 1);

  t.equal(counts.young, 0, 'not while frames are handed on');
  t.equal(later.length, 1, 'one is arranged, however much comes meanwhile');
  run();
  t.equal(counts.young, 1);
});

t.test('the interval follows the newest frames of all cameras, up to the ceiling', async (t) => {
  const { collection, counts, memory, run } = counted();
  memory.heap = 8 * MIB;
  const round = (cameras: number, bytes: number): void => {
    const note = collection.of('node');
    for (let camera = 0; camera < cameras; camera++) {
      note(`c${camera}`, bytes);
      run();
    }
  };

  round(100, 0.045 * MIB);
  round(100, 0.045 * MIB);
  t.ok(collection.interval > 5 * MIB && collection.interval < 6 * MIB, `${collection.interval} for 4.5 MiB`);
  t.ok(counts.percent >= 200, 'and the heap may grow beyond an interval');
  t.notOk(usesSharedMemory());

  round(100, MIB);
  round(100, MIB);
  t.ok(collection.interval > 100 * MIB && collection.interval < 130 * MIB, `${collection.interval} for 100 MiB`);
  t.ok(usesSharedMemory(), 'more than V8 would let be');
  t.equal(counts.percent, 100, 'what is not counted needs no room beside the heap');

  collection.limit(64 * MIB);
  round(100, MIB);
  t.equal(collection.interval, YOUNG_BYTES / 2, 'with a ceiling below that');
  t.notOk(usesSharedMemory());
});

t.test('pictures lie in shared memory from one size on, and in counted memory again from a smaller one', async (t) => {
  const { collection, run } = counted();
  const note = collection.of('node');
  const hold = (bytes: number): void => {
    for (let turn = 0; turn < 3; turn++) {
      for (let camera = 0; camera < 8; camera++) {
        note(`c${camera}`, bytes / 8);
        run();
      }
    }
  };

  hold(SHARE_ABOVE - 1000);
  t.notOk(usesSharedMemory());
  hold(SHARE_ABOVE + 1000);
  t.ok(usesSharedMemory());
  hold(SHARE_UNTIL + 1000);
  t.ok(usesSharedMemory(), 'it does not go to and fro');
  hold(SHARE_UNTIL - 1000);
  t.notOk(usesSharedMemory());
});

t.test('cameras that send nothing more are forgotten', async (t) => {
  const { collection, run } = counted();
  const [note, other] = [collection.of('node'), collection.of('other')];
  note('large', 8 * MIB);
  run();
  t.equal(collection.interval, 10 * MIB);

  for (let turn = 0; turn < 8 * FORGET_AFTER; turn++) {
    other('small', COLLECT_BYTES);
    run();
  }

  t.equal(collection.interval, COLLECT_BYTES * 1.25);
});

t.test('what piles up in shared memory is freed by one look at everything', async (t) => {
  const { collection, counts, memory, run } = counted();
  const note = collection.of('node');
  const pass = (): void => {
    for (let camera = 0; camera < 50; camera++) {
      note(`c${camera}`, MIB);
      run();
    }
  };
  memory.outside = 100 * MIB;
  pass();
  pass();
  t.equal(counts.all, 0, 'what is there at first may belong to slow viewers');

  memory.outside += PILE_BYTES + 110 * MIB;
  pass();
  pass();

  t.equal(counts.all, 1, 'and what is still there afterwards is not looked for again');
});

t.test(
  'a pile makes the interval longer, up to a limit, and a long time without one makes it short again',
  async (t) => {
    const { collection, counts, memory, run } = counted();
    const note = collection.of('node');
    const held = 50 * MIB;
    const pass = (rounds: number): void => {
      for (let frame = 0; frame < 50 * rounds; frame++) {
        note(`c${frame % 50}`, MIB);
        run();
      }
    };
    pass(3);
    t.equal(collection.interval, 1.25 * held);

    /** So many bytes become old with each collection. */
    const pile = (bytes: number): void => {
      memory.outside = 0;
      pass(10);
      for (const { all } = counts; counts.all === all; memory.outside += bytes) pass(1);
    };

    pile(1024 * MIB);
    pass(10);
    t.equal(
      collection.interval,
      1.25 * held,
      'what became old at once, when viewers joined, says nothing of the interval',
    );

    memory.outside = (2 * held * 9) / 8 + 20 * MIB;
    pass(10);
    pile(4 * MIB);
    t.equal(collection.interval, 1.25 * 1.25 * held, 'what slow viewers held before is no part of the pile');

    for (let count = 0; count < 8; count++) pile(4 * MIB);
    t.equal(collection.interval, MOST_ROUNDS * held, 'pictures that take a whole round to come live for two');

    memory.outside = 0;
    pass(5000);
    t.equal(collection.interval, 1.25 * held);
  },
);

t.test('a turn in which a starved process reads very many pictures is interrupted by a collection', async (t) => {
  const { collection, counts, later, run } = counted();
  const note = collection.of('node');

  for (let bytes = 0; bytes < 6 * OVERDUE * COLLECT_BYTES; bytes += MIB) note('a', MIB);
  t.equal(counts.young, 6, 'one for each time that it is overdue');
  const arranged = later.length;
  run();
  t.equal(counts.young, 6, `the ${arranged} that had been arranged have nothing to do`);
});

t.test('frames that nobody holds do not pile up beside the heap', async (t) => {
  const note = createYoungCollection().of('node');
  const frame = 100_000;
  let most = 0;

  for (let count = 0; count < 1000; count++) {
    Buffer.allocUnsafeSlow(frame);
    note('a', frame);
    await setImmediate();
    most = Math.max(most, process.memoryUsage().arrayBuffers);
  }

  t.ok(most < 30 * frame + 4 * COLLECT_BYTES, `${most} bytes at the most, of ${1000 * frame}`);
});

for (const [title, cameras, bytes] of [
  ['a hundred cameras', 100, 100_000],
  ['sixteen cameras with large pictures', 16, 1_500_000],
] as const) {
  t.test(`${title} cause hardly any look at the whole heap, and hold a few rounds of pictures`, async (t) => {
    const note = createYoungCollection().of('node');
    let full = 0;
    const observer = new PerformanceObserver((list) => {
      full += list.getEntries().filter(isMajor).length;
    });
    observer.observe({ entryTypes: ['gc'] });
    const newest: Buffer[] = [];
    const before = process.memoryUsage().arrayBuffers;
    const count = Math.round(600_000_000 / bytes);
    let most = 0;

    for (let frame = 0; frame < count; frame++) {
      newest[frame % cameras] = allocate(bytes);
      note(`c${frame % cameras}`, bytes);
      if (frame % 5 === 0) await setImmediate();
      if (frame % cameras === 0) most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    await setImmediate();
    observer.disconnect();

    t.ok(full <= 3, `${full} full collections for 600 MB, of which V8 alone makes one every 20 MB`);
    t.ok(most < 5 * cameras * bytes + 4 * COLLECT_BYTES, `${most} bytes at the most`);
  });
}

function isMajor(entry: PerformanceEntry & { readonly detail?: unknown }): boolean {
  const { detail } = entry;
  return typeof detail === 'object' && detail !== null && 'kind' in detail && detail.kind === MAJOR;
}
