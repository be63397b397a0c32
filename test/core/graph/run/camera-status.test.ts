// The status of a camera, from its source, its frames and what other nodes report.

import t from 'tap';
import type { NodeState } from '../../../../core/contract/status.ts';
import type { Tallied } from '../../../../core/graph/flow/camera-tally.ts';
import { type CameraSource, cameraStatuses } from '../../../../core/graph/run/camera-status.ts';
import type { NodeReport } from '../../../../core/graph/run/cameras.ts';

const RUNNING: NodeState = { is: 'running', since: 0 };
const TALLIED: Tallied = {
  frames: 7,
  time: 1000,
  arrived: 500,
  type: 'image/jpeg',
  width: 3,
  height: 4,
  size: 5,
  gap: 100,
};

const source = (node: string, cameras: readonly string[], more: Partial<CameraSource> = {}): CameraSource => ({
  node,
  state: RUNNING,
  cameras,
  tallied: () => TALLIED,
  isIdle: () => false,
  ...more,
});

function statuses(sources: readonly CameraSource[], reports: Readonly<Record<string, readonly NodeReport[]>> = {}) {
  return cameraStatuses({
    sources,
    reports: new Map(Object.entries(reports)),
    name: (id) => `Camera ${id}`,
    now: 700.4,
  });
}

t.test('a camera that sends, with its newest frame', (t) => {
  t.same(statuses([source('cam', ['door'])]), [
    {
      id: 'door',
      name: 'Camera door',
      node: 'cam',
      state: 'online',
      time: 1000,
      age: 200,
      width: 3,
      height: 4,
      size: 5,
      frames: 7,
      rate: 10,
      viewers: 0,
      urls: [],
    },
  ]);
  t.match(statuses([source('cam', ['door'], { tallied: () => ({ ...TALLIED, arrived: 900 }) })]), [{ age: 0 }]);
  t.end();
});

t.test('a camera of which nothing has come', (t) => {
  t.same(statuses([source('cam', ['door'], { tallied: () => undefined })]), [
    { id: 'door', name: 'Camera door', node: 'cam', state: 'waiting', rate: 0, frames: 0, viewers: 0, urls: [] },
  ]);
  t.end();
});

t.test('the state of the source, what its node reports, idle, what others report, in this order', (t) => {
  const stateOf = (more: Partial<CameraSource>, ...reports: NodeReport[]) => {
    const [{ state, why } = { state: 'none', why: undefined }] = statuses([source('cam', ['door'], more)], {
      door: reports,
    });
    return why === undefined ? state : `${state}: ${why}`;
  };
  const own: NodeReport = { node: 'cam', why: 'no route' };
  const other: NodeReport = { node: 'latest', why: 'stale' };
  const isIdle = (camera: string): boolean => camera === 'door';

  t.equal(stateOf({ state: { is: 'degraded', since: 0, why: 'slow' } }, own), 'degraded: slow');
  t.equal(stateOf({ state: { is: 'starting', since: 0 } }, own), 'starting');
  t.equal(stateOf({}, other, own), 'offline: no route');
  t.equal(stateOf({}, { node: 'a' }, other, { node: 'b', why: 'late' }), 'offline: stale');
  t.equal(stateOf({ isIdle }, other, own), 'offline: no route');
  t.equal(stateOf({ isIdle }, other), 'idle');
  t.equal(stateOf({ isIdle }), 'idle');
  t.equal(stateOf({}, { node: 'cam' }), 'online');
  t.end();
});

t.test('viewers and addresses of all nodes are put together', (t) => {
  const reports: NodeReport[] = [
    { node: 'stream', viewers: 2, urls: { stream: '/a', still: '/b' } },
    { node: 'latest' },
    { node: 'page', viewers: 3, urls: { page: '/c' } },
  ];

  t.match(statuses([source('cam', ['door', 'gate'])], { door: reports }), [
    {
      id: 'door',
      viewers: 5,
      urls: [
        { node: 'stream', what: 'stream', url: '/a' },
        { node: 'stream', what: 'still', url: '/b' },
        { node: 'page', what: 'page', url: '/c' },
      ],
    },
    { id: 'gate', viewers: 0, urls: [] },
  ]);
  t.end();
});

t.test('cameras are sorted as people count, and one that two nodes send is that of the first', (t) => {
  const found = statuses([source('one', ['cam10', 'cam2']), source('two', ['cam2', 'Bay'])]);

  t.same(
    found.map(({ id, node }) => `${id} ${node}`),
    ['Bay two', 'cam2 one', 'cam10 one'],
  );
  t.end();
});
