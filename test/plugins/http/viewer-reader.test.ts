// The page of http/viewer in use: a hundred cameras, arranging, zooming, saving, copying, two languages.

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import t from 'tap';
import { arranged, checked, moved } from '../../../plugins/http/viewer/page/lib/preferences.ts';
import { pageFile } from '../../../plugins/kit/page/files.ts';
import { bounded, WHOLE, zoomed } from '../../../plugins/kit/page/shared/zoom.ts';
import { violations } from '../../support/axe.ts';
import { browser } from '../../support/browser.ts';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';
import { until } from '../../support/until.ts';

/** Milliseconds; a loaded machine draws slowly. */
const PATIENCE = 60_000;
const IDS = Array.from({ length: 100 }, (_, index) => `c${index + 1}`);

t.test('zooming keeps the point under the pointer in place, and the picture fills its area', (t) => {
  const near = zoomed(WHOLE, 2, 100, 50, 800, 400);

  t.same(near, { scale: 2, x: -100, y: -50 });
  t.same(zoomed(near, 0.1, 0, 0, 800, 400), WHOLE, 'never smaller than its area');
  t.equal(zoomed(WHOLE, 100, 0, 0, 800, 400).scale, 8, 'at most eight times as large');
  t.same(bounded({ scale: 2, x: 9000, y: -9000 }, 800, 400), { scale: 2, x: 400, y: -200 });
  t.end();
});

t.test('cameras appear in the order of the user, new ones last, without hidden ones', (t) => {
  const cameras = ['a', 'b', 'c', 'd'].map((id) => ({ id }));
  const ids = (order: readonly string[], hidden: readonly string[]) =>
    arranged(cameras, { order, hidden }).map(({ id }) => id);

  t.same(ids([], []), ['a', 'b', 'c', 'd']);
  t.same(ids(['c', 'a'], ['b']), ['c', 'a', 'd']);
  t.same(moved(['a', 'b', 'c'], 'c', 0), ['c', 'a', 'b']);
  t.same(moved(['a', 'b', 'c'], 'a', 9), ['b', 'c', 'a']);
  t.same(checked({ columns: 99, order: ['a', 7], hidden: 'x' }), { columns: 0, order: ['a'], hidden: [] });
  t.same(checked(null), { columns: 0, order: [], hidden: [] }, 'invalid stored values give the defaults');
  t.end();
});

const names = (page: Page): Promise<string[]> => page.locator('.name').allTextContents();

t.test(
  'a hundred cameras, arranged, zoomed, saved and copied, in English and German',
  { timeout: 240_000 },
  async (t) => {
    const patterns = IDS.map((id) => `${id}: { use: source/test-pattern, size: 160x90, fps: 0.5 }`);
    const camd = await run(
      t,
      dedent`
      camd: 1
      cameras: { c1: Front door, c2: "Back / yard" }
      pipeline:
        ${patterns.join('\n        ')}
        gone: { use: source/tcp, connect: "127.0.0.1:9", parse: mjpeg }
        latest: { use: cache/latest, from: [${IDS.join(', ')}, gone] }
        web: { use: http/server, listen: 127.0.0.1:0 }
        viewer: { use: http/viewer, on: web, from: latest, cameras: [${IDS.join(', ')}, gone] }
        snapshot: { use: http/snapshot, on: web, from: latest, path: "/{camera}/snapshot.jpg" }
    `,
    );
    const url = `${camd.port('web', 'server').origin}/`;
    const context = await browser(t, {
      viewport: { width: 1280, height: 800 },
      locale: 'de-DE',
      acceptDownloads: true,
    });
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const wrong: string[] = [];
    page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
    page.on('pageerror', ({ message }) => wrong.push(message));

    const began = performance.now();
    await page.goto(url);
    await page.locator('.tile').nth(100).waitFor();
    const tiles = performance.now() - began;
    await page.locator('canvas[data-seq]').first().waitFor();
    const paint = await page.evaluate(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
    );
    t.comment(
      `100 cameras: first paint ${Math.round(paint)} ms, all tiles ${Math.round(tiles)} ms, first picture ${Math.round(performance.now() - began)} ms`,
    );
    t.equal((await names(page)).length, 101);
    t.equal(await page.locator('html').getAttribute('lang'), 'de');
    await page.locator('.tile[data-state=waiting], .tile[data-state=offline]', { hasText: 'gone' }).waitFor();
    const reason = page.locator('.tile', { hasText: 'gone' }).locator('.notice small');
    await until(async () => (await reason.textContent())?.includes('127.0.0.1:9'), 'the reason', PATIENCE);
    t.equal(await reason.getAttribute('lang'), 'en', 'reasons from sources are in English');
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      t.same(await violations(page), [], `no violations, German, ${colorScheme}`);
    }

    await page.getByRole('button', { name: 'Anordnen' }).click();
    await page.locator('#columns').selectOption('2');
    await page.getByRole('button', { name: 'Front door nach hinten' }).click();
    await page.getByRole('button', { name: 'c3 ausblenden' }).click();
    t.same((await names(page)).slice(0, 3), ['Back / yard', 'Front door', 'c4']);
    const dataTransfer = await page.evaluateHandle(() => new DataTransfer());
    await page.locator('div.tile').nth(2).dispatchEvent('dragstart', { dataTransfer });
    await page.locator('div.tile').nth(0).dispatchEvent('drop', { dataTransfer });
    await until(async () => (await names(page))[0] === 'c4', 'the dragged camera to come first', PATIENCE);
    t.same(await violations(page), [], 'no violations while arranging');
    await page.getByRole('button', { name: 'Fertig' }).click();
    await page.reload();
    await page.locator('.tile').nth(99).waitFor();
    t.same((await names(page)).slice(0, 3), ['c4', 'Back / yard', 'Front door'], 'the browser has stored the order');
    t.match(await page.locator('.summary').textContent(), '1 ausgeblendet');
    t.equal(await page.locator('.grid').evaluate((grid) => grid.style.getPropertyValue('--columns')), '2');
    await page.getByRole('button', { name: 'Anordnen' }).click();
    await page.getByRole('button', { name: 'c3 einblenden' }).click();
    await page.locator('#reset').click();
    t.same((await names(page)).slice(0, 3), ['Front door', 'Back / yard', 'c3']);
    await page.getByRole('button', { name: 'Fertig' }).click();

    await page.locator('.tile', { hasText: 'Back / yard' }).click();
    await page.locator('.single canvas[data-seq]').waitFor();
    const stage = page.locator('.single .picture');
    await stage.dblclick();
    t.equal(await stage.getAttribute('data-zoom'), '2.50');
    await page.keyboard.press('0');
    t.equal(await stage.getAttribute('data-zoom'), '1.00');
    await stage.hover();
    await page.mouse.wheel(0, -400);
    await until(async () => Number(await stage.getAttribute('data-zoom')) > 2, 'the wheel to zoom', PATIENCE);
    await page.keyboard.press('f');
    await page.waitForFunction(() => document.fullscreenElement?.classList.contains('picture'));
    await page.keyboard.press('f');
    await page.waitForFunction(() => document.fullscreenElement === null);

    const [saved] = await Promise.all([page.waitForEvent('download'), page.locator('#download').click()]);
    t.match(saved.suggestedFilename(), /^Back - yard \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.jpg$/);
    t.same([...readFileSync(await saved.path()).subarray(0, 2)], [0xff, 0xd8], 'the picture itself');
    await page.locator('.addresses summary').click();
    await page.getByRole('button', { name: 'Kopieren: Einzelbild' }).click();
    await page.getByRole('button', { name: 'Kopiert: Einzelbild' }).waitFor();
    t.equal(await page.evaluate(() => navigator.clipboard.readText()), `${url}c2/snapshot.jpg`);
    t.same(await violations(page), [], 'no violations on the page of a camera');

    t.same(wrong, [], 'no errors in the browser');
    await context.setOffline(true);
    await page.locator('.lost').waitFor();
    t.equal(await page.locator('.notice').textContent(), 'Keine Verbindung');
    await context.setOffline(false);
    await page.locator('.page[data-link=open]').waitFor();
    // The browser reports every request that failed while it was offline.
    wrong.length = 0;

    const english = await context.newPage();
    await english.addInitScript(() => Object.defineProperty(navigator, 'languages', { value: ['en-GB'] }));
    await english.setViewportSize({ width: 390, height: 800 });
    await english.goto(`${url}c2`);
    await english.getByRole('button', { name: 'Download' }).waitFor();
    await english.locator('.addresses summary').click();
    const overflow = await english.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    t.ok(overflow <= 0, 'nothing overflows a phone screen');
    for (const colorScheme of ['light', 'dark'] as const) {
      await english.emulateMedia({ colorScheme });
      t.same(await violations(english), [], `no violations on a phone, English, ${colorScheme}`);
    }
    t.same(wrong, [], 'nor afterwards');
  },
);

t.test('the page is small', async (t) => {
  const sizes = await Promise.all(
    ['viewer.html', 'viewer.js', 'viewer.css'].map(
      async (name) => gzipSync(await pageFile('http/viewer', name)).length,
    ),
  );
  const size = sizes.reduce((sum, bytes) => sum + bytes, 0);

  t.comment(`${size} bytes gzip`);
  t.ok(size <= 50_000, 'at most 50 KB');
});
