// Whose streams a reload ends, computed from two plans.

import t from 'tap';
import { cutNodes } from '../../../../core/graph/plan/cut.ts';
import { diff } from '../../../../core/graph/plan/diff.ts';
import { graph, type Part } from '../../../support/graph.ts';

const { plan } = graph();
const node = (refs: Part['refs'] = {}, more: Partial<Part> = {}): Part => ({ refs, start() {}, ...more });
const stream = (from: string, path = '/stream'): Part =>
  node({ from: [from], on: ['web'] }, { path, options: { path } });

/** Two cameras, each with a stream behind a cache. */
const RUNNING: Readonly<Record<string, Part>> = {
  front: node({}, { options: { device: 'front' } }),
  rear: node({}, { options: { device: 'rear' } }),
  latest: node({ from: ['front'] }),
  others: node({ from: ['rear'] }),
  web: node({}, { claims: [['address', '127.0.0.1:80']] }),
  stream: stream('latest'),
  second: stream('others', '/second'),
};
const { stream: _stream, ...WITHOUT_STREAM } = RUNNING;
const { front, rear: _rear, ...WITHOUT_CAMERAS } = RUNNING;
const FRONT: Part = front ?? node();

const cases: readonly (readonly [string, Readonly<Record<string, Part>>, readonly string[]])[] = [
  ['a reload that changes nothing ends no stream', RUNNING, []],
  [
    'a cache that gets another camera ends the stream behind it',
    { ...RUNNING, latest: node({ from: ['rear'] }) },
    ['stream'],
  ],
  ['a cache that gets a further camera ends no stream', { ...RUNNING, latest: node({ from: ['front', 'rear'] }) }, []],
  [
    'a camera that is replaced by another one ends the stream behind its cache',
    { ...WITHOUT_CAMERAS, front: FRONT, side: node({}, { use: 'test/other' }), others: node({ from: ['side'] }) },
    ['second'],
  ],
  ['a camera with other options ends no stream', { ...RUNNING, front: node({}, { options: { device: 'new' } }) }, []],
  [
    'a renamed camera ends no stream',
    {
      ...WITHOUT_CAMERAS,
      rear: node({}, { options: { device: 'rear' } }),
      entry: FRONT,
      latest: node({ from: ['entry'] }),
    },
    [],
  ],
  ['a stream that leaves ends', WITHOUT_STREAM, ['stream']],
  ['a stream that moves ends', { ...RUNNING, stream: stream('latest', '/moved') }, ['stream']],
  ['a renamed stream at the same path does not end', { ...WITHOUT_STREAM, other: stream('latest') }, []],
  [
    'a server at another address ends no stream: who watches stays connected',
    { ...RUNNING, web: node({}, { claims: [['address', '127.0.0.1:81']] }) },
    [],
  ],
];

for (const [title, wanted, cut] of cases) {
  t.test(title, async (t) => {
    const before = plan(RUNNING);
    const after = plan(wanted);

    t.same([...cutNodes(before, after, diff(before, after))].sort(), cut);
  });
}
