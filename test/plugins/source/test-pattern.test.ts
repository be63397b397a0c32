// source/test-pattern: real, moving pictures at the right pace, and none without viewers.

import t from 'tap';
import { collect } from '../../support/collect.ts';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { until } from '../../support/until.ts';

t.test('pictures move, have the configured size and show the camera name', async (t) => {
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      front: { use: source/test-pattern, size: 320x240, fps: 50 }
      tiny: { use: source/test-pattern, size: 64x48, fps: 50, camera: back-yard, name: "Back yard" }
  `,
  );
  const [front, tiny] = [collect(camd, 'front'), collect(camd, 'tiny')];

  await until(() => front.length >= 5 && tiny.length >= 5, 'five pictures of each');

  t.same([front[0]?.camera, front[0]?.width, front[0]?.height, front[0]?.type], ['front', 320, 240, 'image/jpeg']);
  t.same([tiny[0]?.camera, tiny[0]?.width, tiny[0]?.height], ['back-yard', 64, 48]);
  t.equal(new Set(front.map((frame) => frame.data.toString('latin1'))).size, front.length, 'no two are equal');
  t.ok(
    front.every(
      (frame) => frame.data.readUInt16BE(0) === 0xffd8 && frame.data.readUInt16BE(frame.data.length - 2) === 0xffd9,
    ),
  );
});

t.test('the pace is kept without drift', async (t) => {
  const time = manualClock();
  const starting = run(t, 'camd: 1\npipeline: { cam: { use: source/test-pattern, size: 64x48, fps: 30 } }\n', {
    clock: time.clock,
  });
  const camd = await starting;
  const frames = collect(camd, 'cam');

  await time.advance(10_000);

  t.ok(Math.abs(frames.length - 300) <= 1, `${frames.length} pictures in ten seconds at 30 fps`);
  const gaps = frames.slice(1).map((frame, index) => frame.arrived - (frames[index]?.arrived ?? 0));
  t.ok(gaps.every((gap) => Math.abs(gap - 1000 / 30) < 0.001));
});

t.test('on demand nothing is drawn without viewers', async (t) => {
  const time = manualClock();
  const camd = await run(
    t,
    'camd: 1\npipeline: { cam: { use: source/test-pattern, size: 64x48, mode: on_demand, linger: 1s } }\n',
    {
      clock: time.clock,
    },
  );
  const frames = collect(camd, 'cam');
  const quiet = time.sleepers();
  await time.advance(10_000);
  const idle = frames.length;

  const release = camd.output('cam').want('cam');
  await time.advance(950);
  release();
  await time.advance(10_000);

  t.equal(idle, 0);
  t.ok(frames.length >= 10 && frames.length <= 20, `${frames.length} pictures`);
  t.equal(time.sleepers(), quiet);
});

t.test('an invalid size is an error of the profile', async (t) => {
  for (const size of ['big', '10x10', '9999x9999', '640 x 480']) {
    await t.rejects(run(t, `camd: 1\npipeline: { cam: { use: source/test-pattern, size: "${size}" } }\n`), {
      message: /size/,
    });
  }
});
