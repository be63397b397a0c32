// transform/sample: intervals, every n-th, changed pictures and hours of the day, for each camera by itself.

import t from 'tap';
import { createSampler, readHours } from '../../../plugins/transform/sample/sampler.ts';
import { builtinCatalog } from '../../support/catalog.ts';
import { collect } from '../../support/collect.ts';
import { run } from '../../support/harness.ts';
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

t.test('in a pipeline each camera is sampled by itself, and a snapshot on demand passes', async (t) => {
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
  t.match((await read({ hours: '6-21' })).problems, [{ message: /is not two times of the day/ }]);
});
