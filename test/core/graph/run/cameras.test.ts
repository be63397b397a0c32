// The directory of cameras: display names, and what each node reports.

import t from 'tap';
import { createCameraDirectory } from '../../../../core/graph/run/cameras.ts';

t.test('a camera without a display name has its id', (t) => {
  const directory = createCameraDirectory();
  directory.rename(new Map([['door', 'Front door']]));

  t.equal(directory.name('door'), 'Front door');
  t.equal(directory.name('gate'), 'gate');
  t.end();
});

t.test('listeners are notified of changed names until they are released', (t) => {
  const directory = createCameraDirectory();
  let calls = 0;
  const release = directory.onNames(() => calls++);
  const rename = (names: Readonly<Record<string, string>>): number => {
    directory.rename(new Map(Object.entries(names)));
    return calls;
  };

  t.equal(rename({}), 0);
  t.equal(rename({ a: 'A', b: 'B' }), 1);
  t.equal(rename({ b: 'B', a: 'A' }), 1, 'the same');
  t.equal(rename({ a: 'A', b: 'C' }), 2, 'another name');
  t.equal(rename({ a: 'A' }), 3, 'one less');
  t.equal(rename({ b: 'A' }), 4, 'another camera');
  t.equal(rename({ b: 'A', c: 'C' }), 5, 'one more');
  release();
  t.equal(rename({}), 5);
  t.end();
});

t.test('reports are put together by camera, in the order of the nodes, and leave with their node', (t) => {
  const directory = createCameraDirectory();
  directory.add('latest', () => [['door', { why: 'stale' }]]);
  const release = directory.add('page', () => [
    ['door', { viewers: 2 }],
    ['gate', { viewers: 1 }],
  ]);

  t.same(
    [...directory.reports()],
    [
      [
        'door',
        [
          { node: 'latest', why: 'stale' },
          { node: 'page', viewers: 2 },
        ],
      ],
      ['gate', [{ node: 'page', viewers: 1 }]],
    ],
  );
  release();
  t.same([...directory.reports()], [['door', [{ node: 'latest', why: 'stale' }]]]);
  t.end();
});
