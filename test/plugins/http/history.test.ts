// http/history: lists, pictures and thumbnails over real HTTP.

import { Readable } from 'node:stream';
import sharp from 'sharp';
import t, { type Test } from 'tap';
import type { Kept, Store } from '../../../core/contract/plugin.ts';
import { findLinks } from '../../../plugins/http/history/links.ts';
import { boundsOf, sameClock, ticks } from '../../../plugins/http/history/page/lib/day.ts';
import { readQuery } from '../../../plugins/http/history/query.ts';
import { createThumbnails } from '../../../plugins/http/history/thumbnails.ts';
import { frameOf } from '../../conformance/store.ts';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const MINUTE = 60_000;

const PROFILE = dedent`
  camd: 1
  control: false
  pipeline:
    disk: { use: store/disk, path: pictures, name: "{camera}/{time}.{ext}", min_free: 0B, durable: false }
    web: { use: http/server, listen: 127.0.0.1:0 }
    history: { use: http/history, on: web, from: disk, list_path: "/api/clients/{camera}/history", thumbnail_width: 16 }
`;

async function history(t: Test, times: readonly number[] = []) {
  const camd = await run(t, PROFILE);
  await camd.state('disk', 'running');
  const store = camd.port('disk', 'store');
  const kept: Kept[] = [];
  for (const [index, time] of times.entries()) {
    const data = sampleJpeg({ width: 64, height: 48, seed: index + 1 });
    kept.push(await store.put({ ...frameOf('front', index + 1, time), data, width: 64, height: 48 }));
  }
  const { origin } = camd.port('web', 'server');
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(origin + path, { headers, method });
  return { camd, store, kept, origin, get };
}

interface List {
  readonly pictures: readonly { id: string; timestamp: number; url: string; thumbnail: string; time: string }[];
  readonly next: string | null;
}

t.test('a list starts with the newest picture, its pages are contiguous, and each entry has a URL', async (t) => {
  const { store, kept, get } = await history(
    t,
    [0, 1, 2, 3, 4].map((index) => NOON + index * MINUTE),
  );

  const first = (await (await get('/history/cameras/front?limit=3')).json()) as List;
  const second = (await (
    await get(`/history/cameras/front?limit=3&cursor=${encodeURIComponent(first.next ?? '')}`)
  ).json()) as List;

  t.same(
    [...first.pictures, ...second.pictures].map(({ id }) => id),
    kept.map(({ id }) => id).reverse(),
  );
  t.equal(second.next, null);
  t.equal(first.pictures[0]?.time, '2026-11-20T12:04:00.000Z');
  const response = await get(first.pictures[0]?.url ?? '');
  t.equal(response.headers.get('content-type'), 'image/jpeg');
  const original = await store.read(first.pictures[0]?.id ?? '');
  const bytes = Buffer.concat(original ? await original.body.toArray() : []);
  t.ok(Buffer.from(await response.arrayBuffer()).equals(bytes));
  t.match(await (await get('/history/cameras')).json(), {
    cameras: [{ camera: 'front', oldest: { timestamp: NOON }, newest: { timestamp: NOON + 4 * MINUTE } }],
  });
});

t.test('from, to, order and every select pictures, also on a separate path', async (t) => {
  const { get } = await history(
    t,
    [0, 1, 2, 10, 11, 30].map((index) => NOON + index * MINUTE),
  );
  const minutes = async (query: string): Promise<number[]> => {
    const list = (await (await get(`/api/clients/front/history?${query}`)).json()) as List;
    return list.pictures.map(({ timestamp }) => (timestamp - NOON) / MINUTE);
  };

  t.same(await minutes('from=2026-11-20T12:01:00Z&to=2026-11-20T13:10:00%2B01:00'), [2, 1]);
  t.same(await minutes(`from=${NOON}&to=${NOON + 60 * MINUTE}&every=10m&order=oldest-first`), [0, 10, 30]);
  t.same(await minutes('order=oldest-first&limit=2'), [0, 1]);
});

t.test('invalid requests get an error: bad queries 400, unknown cameras and pictures 404', async (t) => {
  const { get } = await history(t, [NOON]);
  const cases: [string, number][] = [
    ['/history/cameras/front?limit=0', 400],
    ['/history/cameras/front?limit=999999', 400],
    ['/history/cameras/front?from=yesterday', 400],
    ['/history/cameras/front?from=2026-11-20T12:00:00', 400],
    ['/history/cameras/front?order=random', 400],
    ['/history/cameras/front?every=5m', 400],
    ['/history/cameras/front?cursor=nonsense', 400],
    ['/history/cameras/front?cursor=..%2f..%2fetc%2fpasswd', 400],
    ['/history/cameras/back', 404],
    ['/history/cameras/..%2f..', 404],
    ['/history/pictures/front/20260101T000000.000000Z.jpg', 404],
    ['/history/pictures/..%2f..%2fetc%2fpasswd', 404],
    ['/history/thumbnails/front.jpg', 404],
  ];

  for (const [path, status] of cases) t.equal((await get(path)).status, status, path);
  t.equal(typeof readQuery('a', 'from=0&to=1000000&every=1ms', 1000), 'string', 'more intervals than the limit');
});

t.test('pictures and thumbnails known to the client get 304, and HEAD has no body', async (t) => {
  const { kept, get } = await history(t, [NOON]);
  for (const kind of ['pictures', 'thumbnails']) {
    const path = `/history/${kind}/${kept[0]?.id}`;

    const response = await get(path);
    const etag = response.headers.get('etag') ?? '';
    const again = await get(path, { 'if-none-match': etag });
    const head = await get(path, {}, 'HEAD');

    const body = Buffer.from(await response.arrayBuffer());
    t.equal(response.status, 200);
    t.equal(again.status, 304, kind);
    t.equal(head.headers.get('content-length'), String(body.length));
    t.equal((await head.arrayBuffer()).byteLength, 0);
    t.equal((await sharp(body).metadata()).width, kind === 'pictures' ? 64 : 16);
  }
});

t.test('a picture without a possible thumbnail is sent itself', async (t) => {
  const { store, get } = await history(t);
  const kept = await store.put({ ...frameOf('front', 1, NOON), data: Buffer.from('no picture at all') });

  const response = await get(`/history/thumbnails/${kept.id}`);

  t.equal(response.status, 200);
  t.equal(await response.text(), 'no picture at all');
});

t.test('concurrent requests share one thumbnail, and the cache evicts beyond its limit', async (t) => {
  let reads = 0;
  const data = sampleJpeg();
  const store = {
    read: async (id: string) => {
      reads++;
      return {
        kept: { id, camera: 'a', time: 0, seq: 0, type: 'image/jpeg', size: data.length },
        body: Readable.from([data]),
      };
    },
  } as Partial<Store> as Store;
  const size = (await createThumbnails(16, 1 << 20).get(store, 'x'))?.data.length ?? 0;
  reads = 0;
  const thumbnails = createThumbnails(16, size * 2);

  await Promise.all([thumbnails.get(store, 'a'), thumbnails.get(store, 'a')]);
  t.equal(reads, 1);
  await thumbnails.get(store, 'b');
  await thumbnails.get(store, 'a');
  await thumbnails.get(store, 'c');
  t.equal(thumbnails.held, size * 2);
  reads = 0;
  await thumbnails.get(store, 'a');
  t.equal(reads, 0, 'used recently');
  await thumbnails.get(store, 'b');
  t.equal(reads, 1, 'evicted for the newest');
});

t.test('counts has the number of pictures in each interval of a range, up to a limit', async (t) => {
  const { get } = await history(
    t,
    [0, 1, 2, 25, 50, 60].map((index) => NOON + index * MINUTE),
  );
  const ask = (query: string) => get(`/history/cameras/front/counts?${query}`);

  const counted = await (await ask(`from=${NOON}&to=${NOON + 55 * MINUTE}&every=10m`)).json();

  t.match(counted, { camera: 'front', from: NOON, counts: [3, 0, 1, 0, 0, 1] });
  t.same((await (await get(`/history/cameras/back/counts?from=0&to=9&every=1s`)).json()).counts, [0]);
  t.equal((await ask('from=0&to=1000')).status, 400);
  t.equal((await ask('from=0&to=1000000&every=1ms')).status, 400, 'more intervals than the limit');
  t.equal((await get('/history/cameras/..%2f../counts?from=0&to=9&every=1s')).status, 404);
});

t.test('pages find each other among the paths of a server, and links are relative for proxies', async (t) => {
  const paths = ['/old/days', '/old/days/history.js', '/wall', '/wall/viewer.js', '/wall/{camera}'];
  const alone = ['/', '/viewer.js', '/{camera}', '/history', '/history/history.js'];

  t.same(findLinks(paths, '/old/days'), { viewer: '../../wall', camera: '../../wall/{camera}' });
  t.same(findLinks(['/s/{camera}/state'], '/history'), { state: '../s/{camera}/state' });
  t.same(findLinks(alone, '/history'), { viewer: '../', camera: '../{camera}' });
  t.same(findLinks(['/history', '/history/history.js', '/{camera}'], '/history'), {});
});

t.test('a day has the hours of local clocks, also on a clock change', async (t) => {
  const before = process.env.TZ;
  process.env.TZ = 'Europe/Berlin';
  t.teardown(() => {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  });
  const hours = (day: string): number => {
    const { from, to } = boundsOf(day);
    return (to - from) / (60 * MINUTE);
  };
  const tick = (day: string, hour: number) => ticks(day).find((item) => item.hour === hour)?.at;

  t.same([hours('2026-03-28'), hours('2026-03-29'), hours('2026-10-25')], [24, 23, 25]);
  t.equal(ticks('2026-03-28').length, 25);
  t.equal(tick('2026-03-29', 2), undefined, 'an hour that does not exist');
  t.equal(tick('2026-03-29', 12), 11 / 23);
  t.equal(tick('2026-10-25', 24), 1);
  t.equal(sameClock(Date.UTC(2026, 2, 28, 11), '2026-03-29'), Date.UTC(2026, 2, 29, 10), 'noon is noon');
});
