// The newest frame of each camera of an input, and waiting for the next one.

import t from 'tap';
import type { Frame } from '../../../../core/contract/frame.ts';
import type { Input } from '../../../../core/contract/plugin.ts';
import { createNewest, MAX_CAMERAS } from '../../../../plugins/kit/upload/newest.ts';
import { makeFrame } from '../../../../testing/index.ts';
import { manualClock, settle } from '../../../support/manual-clock.ts';

const never = new AbortController().signal;

function world(onDemand: readonly string[] = [], announced: readonly string[] = []) {
  let give = (_frame: Frame): void => {};
  let options: unknown;
  const seen: string[] = [];
  const time = manualClock();
  const input = {
    each: (work: (frame: Frame) => void, wanted: unknown) => {
      give = work;
      options = wanted;
    },
    cameras: () => announced,
    answers: (request: string, camera: string) => request === 'capture' && onDemand.includes(camera),
    ask: async (_request: string, camera: string) => makeFrame(camera, 99),
  } as unknown as Input;
  const newest = createNewest(input, time.clock, (camera) => void seen.push(camera));
  return { newest, seen, time, options, give: (camera: string, seq: number) => give(makeFrame(camera, seq)) };
}

t.test('the newest frame of each camera is kept, and a camera is reported once', async (t) => {
  const { newest, seen, give, options } = world([], ['gate', 'quiet']);
  give('gate', 1);
  give('gate', 2);
  give('yard', 3);

  t.equal((await newest.take('gate', never))?.seq, 2);
  t.equal(await newest.take('quiet', never), undefined);
  t.same(seen, ['gate', 'yard']);
  t.same([...newest.cameras()].sort(), ['gate', 'quiet', 'yard']);
  t.same(options, { delivery: 'live', demand: 'none' });
  newest.leave('gate');
  t.equal(await newest.take('gate', never), undefined);
  give('gate', 4);
  t.same(seen, ['gate', 'yard', 'gate'], 'a camera that returns is reported again');
});

t.test('a camera on demand is captured at once', async (t) => {
  const { newest, give } = world(['gate']);
  give('gate', 1);

  t.equal((await newest.take('gate', never))?.seq, 99);
});

t.test('the number of cameras is limited, the number of frames of each is not', async (t) => {
  const { newest, seen, give } = world([], ['announced']);
  for (let index = 0; index <= MAX_CAMERAS; index++) give(`cam-${index}`, 1);
  give('cam-0', 2);

  t.equal(seen.length, MAX_CAMERAS);
  t.equal(await newest.take(`cam-${MAX_CAMERAS}`, never), undefined);
  t.equal((await newest.take(`cam-${MAX_CAMERAS - 1}`, never))?.seq, 1);
  t.equal((await newest.take('cam-0', never))?.seq, 2);
  t.equal(newest.cameras().length, MAX_CAMERAS);
});

t.test('a wait ends with the next frame, with the removal of the camera, or when its time has passed', async (t) => {
  const { newest, give, time } = world();
  const woken: string[] = [];
  const wait = (name: string, camera: string, ms: number): void =>
    void newest.arrival(camera, ms, never).then(() => woken.push(name));
  wait('a', 'gate', 1000);
  wait('b', 'gate', 2000);
  wait('c', 'yard', 3000);
  wait('d', 'shed', 4000);

  await settle();
  t.same(woken, []);
  give('gate', 1);
  await settle();
  t.same(woken, ['a', 'b']);
  newest.leave('yard');
  await settle();
  t.same(woken, ['a', 'b', 'c']);
  await time.advance(3999);
  t.same(woken, ['a', 'b', 'c']);
  await time.advance(1);
  t.same(woken, ['a', 'b', 'c', 'd']);
  t.equal(time.sleepers(), 0);
});

t.test('a cancelled wait rejects with the reason of its own signal', async (t) => {
  const { newest, give, time } = world();
  const control = new AbortController();
  const waiting = newest.arrival('gate', 1000, control.signal);
  control.abort(new Error('the node stops'));

  await t.rejects(waiting, { message: 'the node stops' });
  give('gate', 1);
  t.equal(time.sleepers(), 0);
});
