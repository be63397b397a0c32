// http/still-page in Chromium: proportions, capture time and age, grey without new pictures, and no other files.

import { writeFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import t from 'tap';
import { ageAt, ageText, older, takenOf } from '../../../plugins/http/still-page/page/lib/age.ts';
import { pause } from '../../../plugins/http/still-page/page/lib/pace.ts';
import { violations } from '../../support/axe.ts';
import { browser } from '../../support/browser.ts';
import { dedent } from '../../support/dedent.ts';
import { type Running, run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { type StillCamera, stillCamera } from '../../support/still-camera.ts';
import { until } from '../../support/until.ts';

/** In portrait format, like the original camera. */
const PORTRAIT = sampleJpeg({ width: 240, height: 320, seed: 5, detail: 6 });

const profile = (camera: StillCamera, still = '', page = ''): string => dedent`
  camd: 1
  control: false
  pipeline:
    camera: { use: source/still, command: ${camera.command('-s', '-o', '-')}, every: 200ms, timeout: 2s${still} }
    latest: { use: cache/latest, from: camera, stale_after: 3s }
    web: { use: http/server, listen: 127.0.0.1:0 }
    page: { use: http/still-page, on: web, from: latest, title: Greenhouse, every: 200ms, stale_after: 3s${page} }
`;

const origin = (camd: Running): string => camd.port('web', 'server').origin;
const text = (page: Page, id: string): Promise<string> =>
  page
    .locator(`#${id}`)
    .textContent()
    .then((found) => found ?? '');
const isStale = (page: Page): Promise<boolean> =>
  page
    .locator('body.stale')
    .count()
    .then((count) => count === 1);

/** How colourful the visible canvas is, 0 for grey. */
async function colour(page: Page, file?: string): Promise<number> {
  if (file) await writeFile(file, await page.screenshot());
  const picture = await page.locator('#camera-canvas').screenshot();
  const { data, info } = await sharp(picture).raw().toBuffer({ resolveWithObject: true });
  let sum = 0;
  // Only the middle: the edges have the mark of an offline camera.
  for (let y = Math.floor(info.height / 4); y < (info.height * 3) / 4; y += 4) {
    for (let x = Math.floor(info.width / 4); x < (info.width * 3) / 4; x += 4) {
      const at = (y * info.width + x) * info.channels;
      const [red = 0, green = 0, blue = 0] = data.subarray(at, at + 3);
      sum = Math.max(sum, Math.max(red, green, blue) - Math.min(red, green, blue));
    }
  }
  return sum;
}

t.test('the page shows the picture in its own proportions with the time of its capture', async (t) => {
  const camera = stillCamera(t, {}, PORTRAIT);
  const camd = await run(t, profile(camera));
  const context = await browser(t);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.message));

  const answer = await page.goto(origin(camd));
  await until(async () => (await text(page, 'timestamp')).startsWith('Taken at'), 'a picture');

  const size = await page.locator('#camera-canvas').evaluate((canvas) => {
    const { width, height } = canvas.getBoundingClientRect();
    return { ratio: width / height, pixels: [Reflect.get(canvas, 'width'), Reflect.get(canvas, 'height')] };
  });
  t.same(size.pixels, [240, 320]);
  t.ok(Math.abs(size.ratio - 0.75) < 0.02, 'not stretched');
  t.equal(await page.title(), 'Greenhouse');
  t.match(await text(page, 'timestamp'), /^Taken at \S+.*, \d s ago$/);
  t.equal(await text(page, 'status'), 'Live');
  t.notOk(await page.locator('#loading').isVisible());
  t.same(await violations(page), []);
  const policy = answer?.headers()['content-security-policy'] ?? '';
  t.match(policy, /script-src 'self'/);
  t.notMatch(policy, /unsafe/);
  t.same(errors, []);
});

t.test('a camera that stops taking pictures becomes degraded, gives 503, and turns the page grey', async (t) => {
  const camera = stillCamera(t, {}, PORTRAIT);
  const camd = await run(t, profile(camera));
  const page = await (await browser(t)).newPage();
  await page.goto(origin(camd));
  await until(async () => (await text(page, 'status')) === 'Live', 'the page to be live');
  const live = await colour(page, process.env.STILL_SHOTS && `${process.env.STILL_SHOTS}/live.png`);

  camera.set({ pulled: true });
  await until(() => isStale(page), 'the page to be grey');
  const grey = await colour(page, process.env.STILL_SHOTS && `${process.env.STILL_SHOTS}/grey.png`);
  const degraded = await camd.state('camera', 'degraded');
  const snapshot = await fetch(`${origin(camd)}/images/current.jpg?t=1`);

  t.ok(live > 60, `colours while it is live: ${live}`);
  t.ok(grey <= 12, `none when it is offline: ${grey}`);
  t.match(await text(page, 'timestamp'), /^Offline since .*, \d+ s ago$/);
  t.match(degraded.lastError, /check its ribbon cable and the power supply/);
  t.equal(snapshot.status, 503);
  t.same(await violations(page), []);

  camera.set({});
  await until(async () => !(await isStale(page)) && (await text(page, 'status')) === 'Live', 'the colours to return');
  t.ok((await colour(page)) > 60);
});

t.test('a browser with a wrong clock shows the right age', async (t) => {
  const camera = stillCamera(t, {}, PORTRAIT);
  const camd = await run(t, profile(camera));
  for (const shift of [-86_400_000, 86_400_000]) {
    const page = await (await browser(t)).newPage();
    await page.addInitScript((ms) => {
      const now = Date.now.bind(Date);
      Date.now = () => now() + ms;
    }, shift);
    await page.goto(origin(camd));

    await until(async () => (await text(page, 'status')) === 'Live', 'the page to be live');

    t.match(await text(page, 'timestamp'), /, \d s ago$/);
    t.notOk(await isStale(page));
    await page.close();
  }
});

t.test('if camd stops, the last picture stays and turns grey', async (t) => {
  const camera = stillCamera(t, {}, PORTRAIT);
  const camd = await run(t, profile(camera));
  const page = await (await browser(t)).newPage();
  await page.goto(origin(camd));
  await until(async () => (await text(page, 'status')) === 'Live', 'the page to be live');

  await camd.stop();
  await until(() => isStale(page), 'the page to be grey');

  t.match(await text(page, 'status'), 'No new picture, trying again');
  t.equal(await page.locator('#camera-canvas').evaluate((canvas) => Reflect.get(canvas, 'width')), 240);
});

t.test('an existing page works unchanged with images/current.jpg', async (t) => {
  const camera = stillCamera(t, {}, PORTRAIT);
  const camd = await run(t, profile(camera));
  const page = await (await browser(t)).newPage();
  await page.route('**/old.html', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<canvas id="camera-canvas" width="1280" height="720"></canvas><p id="timestamp"></p><script>
        const context = document.getElementById('camera-canvas').getContext('2d');
        const next = () => {
          const image = new Image();
          image.onload = () => { context.drawImage(image, 0, 0, 1280, 720); document.getElementById('timestamp').textContent = 'Last updated'; setTimeout(next, 2000); };
          image.onerror = () => setTimeout(next, 2000);
          image.src = 'images/current.jpg?t=' + new Date().getTime();
        };
        next();
      </script>`,
    }),
  );

  await page.goto(`${origin(camd)}/old.html`);

  await until(async () => (await text(page, 'timestamp')) === 'Last updated', 'the picture');
  t.ok((await colour(page)) > 60);
});

t.test('the picture has an ETag and its time; nothing else is served', async (t) => {
  const camera = stillCamera(t);
  const camd = await run(t, profile(camera, ', every: 1h').replace('every: 200ms, timeout', 'timeout'));
  await until(() => camd.port('latest', 'stills').latest('camera'), 'a picture');
  const at = (path: string, headers: Record<string, string> = {}) => fetch(`${origin(camd)}${path}`, { headers });

  const first = await at('/images/current.jpg?t=1700000000000');
  const second = await at('/images/current.jpg?t=1700000002000', { 'if-none-match': first.headers.get('etag') ?? '' });

  t.equal(first.status, 200);
  t.equal(first.headers.get('cache-control'), 'no-store');
  t.equal(Number(first.headers.get('x-timestamp')) * 1000, camd.port('latest', 'stills').latest('camera')?.frame.time);
  t.equal(second.status, 304);
  for (const path of [
    '/images/',
    '/images/final_20260101_000000.jpg',
    '/logs/camera.log',
    '/images/..%2f..%2fetc/passwd',
  ])
    t.equal((await at(path)).status, 404, path);
  await first.arrayBuffer();
});

t.test('the program of a camera on demand runs only while the page is open', async (t) => {
  const camera = stillCamera(t, {}, PORTRAIT);
  const camd = await run(t, profile(camera, ', mode: on_demand, linger: 300ms'));
  const page = await (await browser(t)).newPage();
  t.equal(camera.count('started'), 0);

  await page.goto(origin(camd));
  await until(async () => (await text(page, 'status')) === 'Live', 'the page to be live');
  const opened = camera.count('started');
  await page.close();
  await until(() => camera.running().length === 0, 'the program to end');

  t.equal(opened, 1);
});

t.test('below its own path, the page finds its files, and the title is escaped', async (t) => {
  const camera = stillCamera(t, {}, PORTRAIT);
  const camd = await run(t, profile(camera, '', ', path: /cam').replace('title: Greenhouse', 'title: "<b>&co"'));
  const page = await (await browser(t)).newPage();
  for (const path of ['/cam', '/cam/']) {
    await page.goto(`${origin(camd)}${path}`);
    await until(async () => (await text(page, 'status')) === 'Live', `the page at ${path}`);
    t.equal(await page.locator('h1').textContent(), '<b>&co');
  }
});

t.test('the age is the difference of two server times', (t) => {
  const taken = takenOf('1700000000.250000', 'Tue, 14 Nov 2023 22:13:30 GMT', 5000);

  t.same(taken, { time: 1_700_000_000_250, age: 9750, at: 5000 });
  t.equal(taken && ageAt(taken, 7000), 11_750);
  t.equal(takenOf(null, 'Tue, 14 Nov 2023 22:13:30 GMT', 0), undefined);
  t.equal(takenOf('1700000000', null, 0), undefined);
  t.equal(takenOf('1700000099', 'Tue, 14 Nov 2023 22:13:30 GMT', 0)?.age, 0, 'never negative');
  t.same([900, 61_000, 7_300_000, 200_000_000].map(ageText), ['0 s', '1 min', '2 h', '2 d']);
  t.end();
});

t.test('the age of a picture never decreases, and restarts with the next picture', (t) => {
  const before = { time: 1000, age: 900, at: 0 };

  t.equal(older(before, { time: 1000, age: 1000, at: 200 }), before, 'the answer came with a Date of whole seconds');
  t.same(older(before, { time: 1000, age: 1200, at: 200 }).age, 1200);
  t.same(older(before, { time: 2000, age: 0, at: 200 }).time, 2000);
  t.same(older(undefined, before), before);
  t.end();
});

t.test('the page polls less often after errors and in the background', (t) => {
  t.same(
    [0, 1, 2, 3, 4, 5, 50].map((failures) => pause(2000, failures, false)),
    [2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000],
  );
  t.equal(pause(2000, 0, true), 10_000);
  t.equal(pause(60_000, 3, false), 60_000, 'never more often than configured');
  t.end();
});
