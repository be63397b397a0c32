// Garbage between pictures is counted and reported in pieces; padding is not.

import t from 'tap';
import { createGarbage } from '../../../../plugins/kit/image/garbage.ts';

const PIECE = 64 * 1024;

function counted() {
  const reports: number[] = [];
  const garbage = createGarbage((bytes) => reports.push(bytes));
  return { garbage, reports };
}

t.test('garbage is reported once, when a picture begins', (t) => {
  const { garbage, reports } = counted();

  garbage.add(Buffer.from('abcdef'), 1, 4);
  garbage.add(Buffer.from('abcdef'), 0, 2);
  t.same(reports, []);
  garbage.report();
  garbage.report();

  t.same(reports, [5]);
  garbage.add(Buffer.from('x'), 0, 1);
  garbage.report();
  t.same(reports, [5, 1], 'the next garbage is counted separately');
  t.end();
});

t.test('zeros and ones are padding, and other bytes among them are not', (t) => {
  for (const [bytes, found] of [
    [Buffer.alloc(100), []],
    [Buffer.alloc(100, 0xff), []],
    [Buffer.from([0, 0xff, 0xff, 0]), []],
    [Buffer.from([0, 1, 0]), [3]],
    [Buffer.concat([Buffer.alloc(PIECE - 1), Buffer.from([7])]), [PIECE]],
    [Buffer.concat([Buffer.alloc(PIECE), Buffer.from([7])]), [PIECE + 1]],
    [Buffer.concat([Buffer.alloc(2 * PIECE, 0xff), Buffer.alloc(10)]), []],
    [Buffer.concat([Buffer.from([0xff]), Buffer.alloc(2 * PIECE), Buffer.from([1])]), [2 * PIECE + 2]],
  ] as const) {
    const { garbage, reports } = counted();

    garbage.add(bytes, 0, bytes.length);
    garbage.report();

    t.same(reports, found, `${bytes.length} bytes`);
  }
  t.end();
});

t.test('only the given part of a chunk is counted', (t) => {
  const { garbage, reports } = counted();

  garbage.add(Buffer.from([1, 0, 0, 0xff, 1]), 1, 4);
  garbage.report();

  t.same(reports, []);
  t.end();
});

t.test('one bad byte before or after padding is reported together with the padding', (t) => {
  const { garbage, reports } = counted();

  garbage.add(Buffer.from([5]), 0, 1);
  garbage.add(Buffer.alloc(9), 0, 9);
  garbage.report();
  garbage.add(Buffer.alloc(9), 0, 9);
  garbage.report();

  t.same(reports, [10], 'the padding after it is padding again');
  t.end();
});

t.test('a stream of only garbage is reported every 64 KiB', (t) => {
  const { garbage, reports } = counted();
  const some = Buffer.alloc(PIECE - 1, 'x');

  garbage.add(some, 0, PIECE - 1);
  t.same(reports, []);
  garbage.add(some, 0, 1);
  t.same(reports, [PIECE]);
  garbage.report();
  t.same(reports, [PIECE]);
  t.end();
});

t.test('a false start is not padding, whatever its bytes', (t) => {
  const { garbage, reports } = counted();

  garbage.addFalseStart(2);
  garbage.add(Buffer.alloc(3), 0, 3);
  garbage.report();

  t.same(reports, [5]);
  t.end();
});
