// transform/sample: intervals, every n-th, changed pictures and hours of the day, for each camera by itself.

import t from 'tap';
import { loadSharp } from '../../../plugins/kit/image/sharp.ts';
import { brightnessOf } from '../../../plugins/transform/sample/brightness.ts';
import { createSampler, readHours } from '../../../plugins/transform/sample/sampler.ts';
import { createServed } from '../../../plugins/transform/sample/served.ts';
import { builtinCatalog } from '../../support/catalog.ts';
import { collect } from '../../support/collect.ts';
import { feed } from '../../support/feed.ts';
import { run } from '../../support/harness.ts';
import { klipper } from '../../support/klipper.ts';
import { readText } from '../../support/reading.ts';
import { until } from '../../support/until.ts';

const OPTIONS = { from: 'cam', align: false, changed: false, timezone: 'UTC' } as const;
const picture = (time: number, text = 'x') => ({ data: Buffer.from(text), time, arrived: time });

t.test('one picture of each interval passes, counted from the first or from the clock', (t) => {
  const times = [500, 900, 1400, 1600, 2100, 5000, 5400];
  const passed = (align: boolean) => {
    const sampler = createSampler({ ...OPTIONS, every: 1000, align });
    return times.filter((time) => sampler(picture(time)));
  };

  t.same(passed(false), [500, 1600, 5000]);
  t.same(passed(true), [500, 1400, 2100, 5000]);
  t.end();
});

t.test('an aligned interval is one of the local day', (t) => {
  const sampler = createSampler({ ...OPTIONS, every: 864e5, align: true, timezone: 'Europe/Berlin' });
  const at = (text: string) => sampler(picture(Date.parse(text)));

  t.same([at('2026-01-01T22:30:00Z'), at('2026-01-01T22:59:00Z'), at('2026-01-01T23:00:00Z')], [true, false, true]);
  t.end();
});

t.test('every n-th picture passes, and only changed ones', (t) => {
  const nth = createSampler({ ...OPTIONS, nth: 3 });
  t.same(
    [1, 2, 3, 4, 5, 6, 7].filter((time) => nth(picture(time))),
    [1, 4, 7],
  );

  const changed = createSampler({ ...OPTIONS, changed: true });
  t.same(
    ['a', 'a', 'b', 'a', 'a'].map((text) => changed(picture(0, text))),
    [true, false, true, true, false],
  );
  t.end();
});

t.test('hours of the day may pass midnight, and are those of the time zone', (t) => {
  t.same([389, 390, 1259, 1260].map(readHours('06:30-21:00')), [false, true, true, false]);
  t.same([0, 299, 300, 1319, 1320].map(readHours('22:00-05:00')), [true, true, false, false, true]);
  const sampler = createSampler({ ...OPTIONS, hours: '06:00-21:00', timezone: 'Asia/Tokyo' });
  t.notOk(sampler(picture(Date.parse('2026-01-01T20:59:00Z'))));
  t.ok(sampler(picture(Date.parse('2026-01-01T21:00:00Z'))));
  t.end();
});

t.test('pictures pass by the height of the sun', (t) => {
  const passes = (
    sun: 'up' | 'light' | 'dark',
    place: { latitude: number; longitude: number },
    times: readonly string[],
  ) => {
    const sampler = createSampler({ ...OPTIONS, sun, ...place });
    return times.map((time) => sampler(picture(Date.parse(time))));
  };
  const berlin = { latitude: 52.52, longitude: 13.405 };
  // Berlin, 20 March 2026, UTC: dawn 04:35, sunrise 05:09, sunset 17:19, dusk 17:54.
  const times = ['04:33', '04:37', '05:07', '05:12', '12:00', '17:17', '17:22', '17:51', '17:56'];
  const day = times.map((time) => `2026-03-20T${time}:00Z`);
  t.same(passes('up', berlin, day), [false, false, false, true, true, true, false, false, false]);
  t.same(passes('light', berlin, day), [false, true, true, true, true, true, true, true, false]);
  t.same(passes('dark', berlin, day), [true, false, false, false, false, false, false, false, true]);

  const tromso = { latitude: 69.65, longitude: 18.96 };
  t.same(
    passes('up', tromso, ['2026-06-21T23:00:00Z', '2026-12-21T11:00:00Z']),
    [true, false],
    'no sunset, no sunrise',
  );
  const sydney = { latitude: -33.87, longitude: 151.21 };
  t.same(passes('up', sydney, ['2026-06-21T02:00:00Z', '2026-06-21T12:00:00Z']), [true, false], 'the other side');
  t.end();
});

t.test('dark and bright pictures are dropped, also when requested; dark ones use up no interval', async (t) => {
  const sharp = await loadSharp();
  const grey = (level: number): Promise<Buffer> =>
    sharp({ create: { width: 320, height: 240, channels: 3, background: { r: level, g: level, b: level } } })
      .jpeg()
      .toBuffer();
  t.equal(Math.round(await brightnessOf({ data: await grey(128), camera: 'x' }, sharp)), 50);
  const noise = Buffer.from('no picture at all');
  await t.rejects(brightnessOf({ data: noise, camera: 'x' }, sharp), { code: 'unreadable-picture' });

  const camera = await feed(t);
  const camd = await run(
    t,
    JSON.stringify({
      camd: 1,
      pipeline: {
        cam: { use: 'source/tcp', connect: `127.0.0.1:${camera.port}` },
        day: { use: 'transform/sample', from: 'cam', min_brightness: 5, max_brightness: 95, every: '1h' },
      },
    }),
  );
  const frames = collect(camd, 'day');
  await until(() => camera.clients() > 0, 'camd to connect to the feed');
  const grey40 = await grey(100);
  for (const [count, data] of [await grey(2), await grey(255), grey40].entries()) {
    camera.send(data);
    await until(() => (camd.status('day').metrics.dropped_total ?? 0) + frames.length > count, 'a decision');
  }
  t.same(
    frames.map(({ data }) => data.equals(grey40)),
    [true],
  );
});

t.test('by printer layer: one picture per layer and camera, the first that is younger than the layer', async (t) => {
  const printer = await klipper(t);
  const camd = await run(
    t,
    JSON.stringify({
      camd: 1,
      pipeline: {
        a: { use: 'source/test-pattern', fps: 20, size: '64x48' },
        b: { use: 'source/test-pattern', fps: 20, size: '64x48' },
        printer: { use: 'printer/moonraker', moonraker: printer.url },
        lapse: { use: 'transform/sample', from: ['a', 'b'], printer: 'printer', when: 'printing', layers: 1 },
      },
    }),
  );
  const frames = collect(camd, 'lapse');
  await until(() => (camd.status('lapse').metrics.dropped_total ?? 0) > 5, 'dropped pictures');
  t.same(frames, []);
  for (const layer of [1, 2]) {
    printer.change({ print_stats: { state: 'printing', info: { current_layer: layer } } });
    await until(() => frames.length === 2 * layer, `two pictures of layer ${layer}`);
    const before = camd.status('lapse').metrics.dropped_total ?? 0;
    await until(() => (camd.status('lapse').metrics.dropped_total ?? 0) > before + 10, 'more pictures');
    t.equal(frames.length, 2 * layer);
  }
  t.same(frames.map(({ camera }) => camera).sort(), ['a', 'a', 'b', 'b']);
});

t.test('a picture that is older than its layer neither passes nor takes the layer', (t) => {
  const turn = { number: 7, since: 1000 };
  const passes = createServed({ byLayer: true, now: () => turn, changed: () => new Promise(() => {}) });
  t.same(
    [999, 1000, 1001].map((arrived) => passes({ arrived })),
    [false, true, false],
  );
  t.end();
});

t.test('in a pipeline each camera is sampled separately, and a snapshot on demand passes', async (t) => {
  const camd = await run(
    t,
    JSON.stringify({
      camd: 1,
      pipeline: {
        a: { use: 'source/test-pattern', fps: 20 },
        b: { use: 'source/test-pattern', fps: 20, mode: 'on_demand' },
        few: { use: 'transform/sample', from: ['a', 'b'], every: '1h' },
        latest: { use: 'cache/latest', from: 'few' },
      },
    }),
  );
  const frames = collect(camd, 'few');
  await until(() => (camd.status('few').metrics.dropped_total ?? 0) > 3, 'dropped pictures');

  t.ok(frames.filter(({ camera }) => camera === 'a').length <= 1);
  const shot = await camd.output('few').ask('capture', 'b', undefined, new AbortController().signal);
  const again = await camd.output('few').ask('capture', 'b', undefined, new AbortController().signal);
  t.equal(shot.camera, 'b');
  t.not(again.seq, shot.seq);
});

t.test('validate: nothing set, and an interval to align that is missing', async (t) => {
  const read = (options: object) =>
    readText(
      JSON.stringify({
        camd: 1,
        pipeline: {
          cam: { use: 'source/test-pattern' },
          few: { use: 'transform/sample', from: 'cam', ...options },
          latest: { use: 'cache/latest', from: 'few' },
          web: { use: 'http/server' },
          page: { use: 'http/viewer', on: 'web', from: 'latest' },
        },
      }),
      { catalog: builtinCatalog() },
    );

  t.match((await read({})).problems, [{ code: 'advice', message: /every picture passes/ }]);
  t.match((await read({ align: true, nth: 2 })).problems, [{ code: 'wrong-value', message: /align needs "every"/ }]);
  t.match((await read({ min_brightness: 60, max_brightness: 40 })).problems, [{ message: /no picture passes/ }]);
  t.match((await read({ sun: 'up', latitude: 52 })).problems, [{ message: /longitude/ }]);
  t.match((await read({ hours: '6-21' })).problems, [{ message: /is not two times of the day/ }]);
});
