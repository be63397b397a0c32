// The page of http/history in use: calendar, zoom, previews, midnight, grid, selection, films, German.

import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import t from 'tap';
import { weeksOf } from '../../../plugins/http/history/page/lib/calendar.ts';
import { barOf, viewWith, zoomedView } from '../../../plugins/http/history/page/lib/view.ts';
import { pageFile } from '../../../plugins/kit/page/files.ts';
import { frameOf } from '../../conformance/store.ts';
import { violations } from '../../support/axe.ts';
import { browser } from '../../support/browser.ts';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';

/** Milliseconds; a loaded machine draws slowly. */
const PATIENCE = 60_000;
const LONG = process.env.CAMD_LONG === '1';
const PICTURES = LONG ? 50_000 : 2_400;
const DAYS = 60;
const DAY = 86_400_000;
/** Noon, local time. */
const FIRST = new Date(2026, 0, 1, 12).getTime();

t.test('the time line zooms down to a minute of seconds, and stays within the day', (t) => {
  const day = { from: 0, to: DAY };
  const hour = zoomedView(day, day, 24, DAY / 2);

  t.equal(barOf(day), 600_000);
  t.equal(hour.to - hour.from, 3_600_000);
  t.equal(barOf(hour), 30_000);
  const least = zoomedView(hour, day, 1000, DAY / 2);
  t.equal(least.to - least.from, 60_000, 'at least a minute');
  t.equal(barOf(least), 1000, 'in bars of a second');
  t.same(zoomedView(hour, day, 0.001, 0), day, 'at most a day');
  t.equal(zoomedView(day, day, 2, DAY).to, DAY, 'the edge stays at the edge');
  t.equal(viewWith(hour, day, hour.from), hour);
  t.ok(viewWith(hour, day, 5_000_000).from <= 5_000_000, 'the view follows the picture');
  t.same(
    weeksOf('2026-02').at(0),
    [...Array.from({ length: 6 }, () => undefined), '2026-02-01'],
    'weeks begin on Monday',
  );
  t.equal(
    weeksOf('2026-02')
      .flat()
      .filter((date) => date !== undefined).length,
    28,
  );
  t.end();
});

const shows = (page: Page, clock: string): Promise<void> => page.locator('#time b', { hasText: clock }).waitFor();

t.test(
  'pictures of sixty days, by calendar, bar, grid and selection',
  { timeout: LONG ? 1_200_000 : 240_000 },
  async (t) => {
    const camd = await run(
      t,
      dedent`
      camd: 1
      control: false
      cameras: { front: Front door }
      pipeline:
        disk: { use: store/disk, path: pictures, min_free: 0B, durable: false }
        web: { use: http/server, listen: 127.0.0.1:0, auth: { basic: { users: { ann: secret } } } }
        history: { use: http/history, on: web, from: disk, thumbnail_width: 64, delete: true, films: true }
    `,
    );
    const store = camd.port('disk', 'store');
    const data = sampleJpeg({ width: 64, height: 48 });
    const perDay = PICTURES / DAYS;
    for (let index = 0; index < PICTURES; index++) {
      // Every second day has no pictures; the others have one per second from noon on.
      const day = 2 * Math.floor(index / perDay / 2);
      const time = FIRST + day * DAY + (index % (2 * perDay)) * 1000;
      await store.put({ ...frameOf('front', index + 1, time), data, width: 64, height: 48 });
    }
    await store.put({ ...frameOf('back', 1, FIRST), data, width: 64, height: 48 });
    const context = await browser(t, {
      viewport: { width: 1280, height: 900 },
      locale: 'de-DE',
      httpCredentials: { username: 'ann', password: 'secret' },
      acceptDownloads: true,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const wrong: string[] = [];
    page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
    page.on('pageerror', ({ message }) => wrong.push(message));
    const url = `${camd.port('web', 'server').origin}/history`;

    const began = performance.now();
    await page.goto(`${url}?camera=front&at=${new Date(FIRST + 56 * DAY + 5000).toISOString()}`);
    await shows(page, '12:00:05');
    const ready = performance.now() - began;
    const paint = await page.evaluate(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
    );
    t.equal(await page.locator('html').getAttribute('lang'), 'de');
    t.equal(await page.title(), 'Front door – Verlauf');
    t.match(await page.locator('#picture').getAttribute('alt'), 'Donnerstag, 26. Februar 2026');

    const calendarAt = performance.now();
    await page.locator('#calendar-button').click();
    const days = page.locator('#calendar td button:enabled');
    await days.first().waitFor();
    const calendar = performance.now() - calendarAt;
    t.equal(await days.count(), 14, 'every second day of February');
    await until(
      async () => (await page.evaluate(() => document.activeElement?.textContent?.trim())) === '26',
      'the day to have the focus',
      PATIENCE,
    );
    t.same(await violations(page), [], 'no violations in the calendar');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Enter');
    await page.locator('#picture[alt*="24. Februar"]').waitFor();
    await page.locator('#calendar').waitFor({ state: 'detached' });

    const zoomAt = performance.now();
    await page.locator('#slider').focus();
    for (let count = 0; count < 11; count++) await page.keyboard.press('+');
    await page.locator('.ticks span', { hasText: '12:00:10' }).waitFor();
    await until(
      async () => ((await page.locator('.kept').getAttribute('d')) ?? '').split('M').length > 8,
      'bars of seconds',
      PATIENCE,
    );
    const zoom = performance.now() - zoomAt;
    const track = (await page.locator('#slider').boundingBox()) ?? { x: 0, y: 0, width: 1, height: 1 };
    await page.mouse.move(track.x + track.width / 2, track.y + 10);
    await page.locator('.hover img').waitFor();
    t.match(await page.locator('.hover img').getAttribute('src'), '/thumbnails/');
    await page.mouse.move(0, 0);
    await page.keyboard.press('0');
    await page.locator('.ticks [data-hour="12"]').waitFor();

    const gridAt = performance.now();
    await page.locator('#grid-button').click();
    await page.locator('#grid li img').nth(Math.min(19, perDay)).waitFor();
    const grid = performance.now() - gridAt;
    t.same(await violations(page), [], 'no violations in the grid');
    await page.getByRole('button', { name: 'Alle Kameras jetzt' }).click();
    await page.locator('#grid li', { hasText: 'Front door' }).waitFor();
    await page.locator('#grid li', { hasText: 'back' }).waitFor();
    await page.locator('#grid li', { hasText: 'Front door' }).locator('button').click();
    await page.locator('#picture').waitFor();

    await page.locator('#speed').selectOption('0');
    await page.locator('#slider').focus();
    const time = page.locator('#time b');
    const before = await time.textContent();
    await page.keyboard.press('End');
    await until(async () => (await time.textContent()) !== before, 'the last picture of the day', PATIENCE);
    await page.locator('#play').click();
    await page.locator('#picture[alt*="26. Februar"]').waitFor();
    t.pass('playing continues on the next day with pictures');
    await page.locator('#play').click();

    await page.locator('#range-button').click();
    await page.locator('#range-from').fill('2026-02-26T12:00:00');
    await page.locator('#range-to').fill('2026-02-26T12:00:10');
    await page.locator('#range-size', { hasText: '10 Bilder' }).waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      t.same(await violations(page), [], `no violations with a selection, German, ${colorScheme}`);
    }
    const [zip] = await Promise.all([page.waitForEvent('download'), page.locator('#zip').click()]);
    t.equal(zip.suggestedFilename().endsWith('.zip'), true);
    await page.locator('#make-film').click();
    await page.locator('#films [data-is=done]').waitFor();
    await page.getByRole('button', { name: 'Ansehen' }).click();
    await page.waitForFunction(() => {
      const video = document.querySelector('video');
      return video !== null && video.videoWidth === 64 && video.currentTime > 0;
    });
    await page.locator('#delete').click();
    await page.locator('#really-delete', { hasText: '10 Bilder für immer löschen' }).click();
    await page.locator('[role=status]', { hasText: '10 Bilder wurden gelöscht.' }).waitFor();
    t.equal((await store.usage()).count, PICTURES + 1 - 10);

    await page.addInitScript(() => Object.defineProperty(navigator, 'languages', { value: ['en-GB'] }));
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${url}?camera=front`);
    await page.locator('#strip [aria-current=true]').waitFor();
    t.equal(await page.title(), 'Front door – History');
    t.ok(
      (await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0,
      'nothing overflows a phone screen',
    );
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      t.same(await violations(page), [], `no violations on a phone, English, ${colorScheme}`);
    }
    t.same(wrong, [], 'no errors in the browser');
    const ms = (value: number): string => `${Math.round(value)} ms`;
    t.comment(
      `${PICTURES} pictures: first paint ${ms(paint)}, picture ${ms(ready)}, calendar ${ms(calendar)}, zoom to seconds ${ms(zoom)}, grid ${ms(grid)}`,
    );
  },
);

t.test('the page is small', async (t) => {
  const sizes = await Promise.all(
    ['history.html', 'history.js', 'history.css'].map(
      async (name) => gzipSync(await pageFile('http/history', name)).length,
    ),
  );
  const size = sizes.reduce((sum, bytes) => sum + bytes, 0);

  t.comment(`${size} bytes gzip`);
  t.ok(size <= 50_000, 'at most 50 KB');
});
