// http/history: lists, pictures and small versions over real HTTP, and the page in a real browser.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import t, { type Test } from 'tap';
import type { Kept, Store } from '../../../core/plugin.ts';
import { readQuery } from '../../../plugins/http/history/query.ts';
import { createThumbnails } from '../../../plugins/http/history/thumbnails.ts';
import { frameOf } from '../../conformance/store.ts';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';

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

t.test('a list has the newest first, in pages that join, and each picture where it says', async (t) => {
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

t.test('from, to, order and every choose among the pictures, also on a path of its own', async (t) => {
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

t.test('what cannot be answered is told: bad queries 400, unknown cameras and pictures 404', async (t) => {
  const { get } = await history(t, [NOON]);
  const cases: [string, number][] = [
    ['/history/cameras/front?limit=0', 400],
    ['/history/cameras/front?limit=999999', 400],
    ['/history/cameras/front?from=yesterday', 400],
    ['/history/cameras/front?from=2026-11-20T12:00:00', 400],
    ['/history/cameras/front?order=random', 400],
    ['/history/cameras/front?every=5m', 400],
    ['/history/cameras/back', 404],
    ['/history/cameras/..%2f..', 404],
    ['/history/pictures/front/20260101T000000.000000Z.jpg', 404],
    ['/history/pictures/..%2f..%2fetc%2fpasswd', 404],
    ['/history/thumbnails/front.jpg', 404],
  ];

  for (const [path, status] of cases) t.equal((await get(path)).status, status, path);
  t.equal(typeof readQuery('a', 'from=0&to=1000000&every=1ms', 1000), 'string', 'no more stretches than fit');
});

t.test('pictures and small versions are sent again only when they are not known, and HEAD has no body', async (t) => {
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

t.test('a picture of which no small version can be made is sent itself', async (t) => {
  const { store, get } = await history(t);
  const kept = await store.put({ ...frameOf('front', 1, NOON), data: Buffer.from('no picture at all') });

  const response = await get(`/history/thumbnails/${kept.id}`);

  t.equal(response.status, 200);
  t.equal(await response.text(), 'no picture at all');
});

t.test('small versions are made once at a time, held within their bound, and made anew beyond it', async (t) => {
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
  t.equal(reads, 0, 'used lately');
  await thumbnails.get(store, 'b');
  t.equal(reads, 1, 'gone for the newest');
});

t.test('the page shows the newest picture, steps by keyboard, and is accessible in light and dark', async (t) => {
  const day = new Date(2026, 10, 20, 10).getTime();
  const { origin } = await history(
    t,
    [0, 1, 2, 90].map((minute) => day + minute * MINUTE),
  );
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  t.teardown(() => browser.close());
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({ colorScheme });
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(String(error)));
    await page.goto(`${origin}/history`);
    await page.locator('#strip li').nth(1).waitFor();
    await until(() => page.evaluate<boolean>(`document.querySelector('#picture').naturalWidth === 64`), 'the picture');
    t.match(await page.textContent('#time'), /11:30:00/, 'the newest, in the time of the reader');

    await page.focus('#previous');
    await page.keyboard.press('Enter');
    await page.locator('#time', { hasText: '10:02:00' }).waitFor();
    await page.focus('#slider');
    await page.keyboard.press('Home');
    await page.locator('#time', { hasText: '10:00:00' }).waitFor();
    await page.evaluate(axe);
    const violations = await page.evaluate(
      `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes[0].html))`,
    );
    t.same(violations, []);
    t.same(faults, []);
    await page.close();
  }
});
