// The page of http/history in a real browser: slider by keys and pointer, days, playing, accessibility, empty states.

import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { frameOf } from '../../conformance/store.ts';
import { violations } from '../../support/axe.ts';
import { browser } from '../../support/browser.ts';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';

/** Milliseconds; a loaded machine draws slowly. */
const PATIENCE = 60_000;
const MINUTE = 60_000;
/** Ten o'clock local time on two days. */
const MONDAY = new Date(2026, 2, 2, 10).getTime();
const THURSDAY = new Date(2026, 2, 5, 10).getTime();

async function site(t: Test, times: readonly number[], cameras = '{}') {
  const camd = await run(
    t,
    dedent`
      camd: 1
      control: false
      cameras: ${cameras}
      pipeline:
        disk: { use: store/disk, path: pictures, min_free: 0B, durable: false }
        web: { use: http/server, listen: 127.0.0.1:0 }
        history: { use: http/history, on: web, from: disk, thumbnail_width: 16 }
    `,
  );
  const store = camd.port('disk', 'store');
  for (const [index, time] of times.entries()) {
    const data = sampleJpeg({ width: 64, height: 48, seed: index + 1 });
    await store.put({ ...frameOf('front', index + 1, time), data, width: 64, height: 48 });
  }
  const wrong: string[] = [];
  const open = async (path: string, more = {}): Promise<Page> => {
    const context = await browser(t, { viewport: { width: 1280, height: 800 }, colorScheme: 'light', ...more });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
    page.on('pageerror', ({ message }) => wrong.push(message));
    await page.goto(`${camd.port('web', 'server').origin}${path}`);
    return page;
  };
  return { camd, store, wrong, open };
}

const shows = (page: Page, clock: string): Promise<void> => page.locator('#time b', { hasText: clock }).waitFor();
const overflow = (page: Page): Promise<number[]> =>
  page.evaluate(() => [
    document.documentElement.scrollWidth - innerWidth,
    document.documentElement.scrollHeight - innerHeight,
  ]);

t.test('a day is a slider for keyboard, pointer and screen readers', { timeout: 240_000 }, async (t) => {
  const { wrong, open } = await site(
    t,
    [MONDAY, ...[0, 1, 2, 20, 90].map((minute) => THURSDAY + minute * MINUTE)],
    '{ front: Front door }',
  );
  const page = await open('/history');

  await shows(page, '11:30:00');
  await until(
    () => page.locator('#picture').evaluate((image) => image instanceof HTMLImageElement && image.naturalWidth === 64),
    'the picture',
    PATIENCE,
  );
  t.equal(await page.title(), 'Front door – History');
  t.equal(await page.locator('#picture').getAttribute('alt'), 'Front door, Thursday, 5 March 2026, 11:30:00');
  t.match(await page.locator('.kept').getAttribute('d'), /^(M\d+ 1v-[\d.]+h\d+V1z){3}$/, 'three periods have pictures');
  t.same(await overflow(page), [0, 0], 'everything is visible without scrolling');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    t.same(await violations(page), [], `no violations, ${colorScheme}`);
  }

  const slider = page.getByRole('slider', { name: 'Time of day' });
  await slider.focus();
  for (const [key, clock] of [
    ['ArrowLeft', '10:20:00'],
    ['PageDown', '10:02:00'],
    ['ArrowLeft', '10:01:00'],
    ['ArrowRight', '10:02:00'],
    ['PageUp', '10:20:00'],
    ['Home', '10:00:00'],
    ['Shift+PageUp', '11:30:00'],
    ['Shift+PageDown', '10:20:00'],
    ['End', '11:30:00'],
  ] as const) {
    await page.keyboard.press(key);
    await shows(page, clock);
  }
  t.match(await slider.getAttribute('aria-valuetext'), /^11:30:00, Thursday/);
  t.equal(await slider.getAttribute('aria-valuenow'), String(11.5 * 3600));
  await page.keyboard.press('ArrowRight');
  await page
    .getByRole('status')
    .filter({ hasText: 'This is the last picture of the day.' })
    .waitFor({ state: 'attached' });

  const box = (await slider.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + 10, box.y + 10, { steps: 3 });
  await shows(page, '10:00:00');
  await page.mouse.up();
  await page.locator('#strip button', { hasText: '10:02:00' }).click();
  await shows(page, '10:02:00');
  await page.keyboard.press('ArrowRight');
  await shows(page, '10:20:00');
  await until(
    () => page.url().endsWith(`at=${encodeURIComponent(new Date(THURSDAY + 20 * MINUTE).toISOString())}`),
    'the address',
  );
  t.match(await page.locator('#download').getAttribute('download'), /\.jpg$/);

  await page.reload();
  await shows(page, '10:20:00');
  await page.getByRole('button', { name: 'Previous day' }).click();
  await shows(page, '10:00:00');
  t.equal(await page.locator('#day').inputValue(), '2026-03-02', 'days without pictures are skipped');
  t.ok(await page.getByRole('button', { name: 'Previous day' }).isDisabled());
  await page.getByRole('button', { name: 'Next day' }).click();
  await page.locator('.date', { hasText: 'Thursday, 5 March 2026' }).waitFor();
  await page.locator('#speed').selectOption('Every picture');
  await page.keyboard.press('Tab');
  await page.getByRole('button', { name: 'Play' }).click();
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await shows(page, '11:30:00');
  await page.getByRole('button', { name: 'Play' }).waitFor();
  t.ok(await page.getByRole('button', { name: 'Next day' }).isDisabled(), 'no later day has pictures');
  t.same(wrong, [], 'no errors in the browser');
});

t.test('the page reports missing pictures, offers the newest one, and fits on a narrow screen', async (t) => {
  const { camd, open } = await site(t, [THURSDAY]);
  const page = await open('/history?camera=front&at=2026-03-03T12:00:00Z', {
    viewport: { width: 390, height: 800 },
    hasTouch: true,
    colorScheme: 'dark',
  });

  await page.locator('.notice', { hasText: 'No pictures from Tuesday, 3 March 2026 are stored' }).waitFor();
  t.same(await violations(page), [], 'no violations on a day without pictures');
  await page.getByRole('button', { name: 'Show the newest picture' }).click();
  await shows(page, '10:00:00');
  t.ok((await overflow(page))[0] === 0, 'nothing overflows a narrow screen');
  t.same(await violations(page), [], 'no violations on a narrow screen');
  t.equal(await page.getByRole('link', { name: 'All cameras' }).count(), 0, 'this server has no viewer');

  await page.route('**/cameras/front?*', (route) => route.abort());
  await page.getByRole('button', { name: 'Previous picture' }).click();
  await page.locator('.lost', { hasText: 'The server does not answer.' }).waitFor();
  t.same(await violations(page), [], 'no violations with an error');
  await page.unroute('**/cameras/front?*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('.lost').waitFor({ state: 'detached' });
  await shows(page, '10:00:00');

  await page.goto(`${camd.port('web', 'server').origin}/history?camera=nobody`);
  await page.locator('.notice', { hasText: 'No pictures of nobody are stored' }).waitFor();
  t.same(await violations(page), [], 'no violations for an unknown camera');
});

t.test('the page reports an empty store', async (t) => {
  const { open, wrong } = await site(t, []);

  const page = await open('/history');

  await page.locator('.notice', { hasText: 'No pictures are stored yet' }).waitFor();
  t.same(await violations(page), []);
  t.same(wrong, []);
});
