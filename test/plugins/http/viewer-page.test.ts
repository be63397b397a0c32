// The page of http/viewer in a real browser: twelve cameras, keyboard, accessibility, error states.

import { createServer, type Socket } from 'node:net';
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { violations } from '../../support/axe.ts';
import { browser } from '../../support/browser.ts';
import { dedent } from '../../support/dedent.ts';
import { type Running, run } from '../../support/harness.ts';
import { nginx, UPGRADE } from '../../support/nginx.ts';
import { until } from '../../support/until.ts';

/** Milliseconds; a loaded machine draws slowly. */
const PATIENCE = 60_000;
const SCREEN = { viewport: { width: 1280, height: 800 }, colorScheme: 'light' } as const;
const NAMES = Array.from({ length: 12 }, (_, index) => `c${index + 1}`);

interface Site {
  readonly camd: Running;
  readonly url: string;
  /** Starts or stops the pictures of the twelfth camera. */
  feed(alive: boolean): void;
}

/** Eleven test patterns, and a TCP camera that the test can stop. */
async function wall(t: Test): Promise<Site> {
  const sockets = new Set<Socket>();
  const cable = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => cable.listen(0, '127.0.0.1', resolve));
  const address = cable.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const patterns = NAMES.slice(0, 11).map((name) => `${name}: { use: source/test-pattern, size: 160x90, fps: 2 }`);
  const camd = await run(
    t,
    dedent`
      camd: 1
      cameras: { c2: Front door }
      pipeline:
        ${patterns.join('\n        ')}
        c12: { use: source/tcp, connect: "127.0.0.1:${port}", parse: mjpeg, timeout: 60s }
        latest: { use: cache/latest, from: [${NAMES.join(', ')}], stale_after: 5s }
        web: { use: http/server, listen: 127.0.0.1:0 }
        viewer: { use: http/viewer, on: web, from: latest, title: Workshop }
        snapshot: { use: http/snapshot, on: web, from: latest, path: "/{camera}/snapshot.jpg" }
        stream: { use: http/stream, on: web, from: latest, path: "/{camera}/stream.mjpg" }
    `,
  );
  let alive = true;
  const feed = (on: boolean): void => {
    alive = on;
  };
  const sending = setInterval(() => {
    const picture = alive && camd.port('latest', 'stills').latest('c1')?.frame.data;
    if (picture) for (const socket of sockets) socket.write(picture);
  }, 500);
  t.teardown(() => {
    clearInterval(sending);
    for (const socket of sockets) socket.destroy();
    cable.close();
  });
  return { camd, url: `${camd.port('web', 'server').origin}/`, feed };
}

/** The content of every canvas, as a data URL. */
const pictures = (page: Page): Promise<string[]> =>
  page.evaluate(() => [...document.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL()));
const focused = (page: Page): Promise<string | undefined> =>
  page.evaluate(
    () => document.activeElement?.querySelector('.name')?.textContent ?? document.activeElement?.textContent,
  );

t.test(
  'twelve cameras are live on one page, accessible by keyboard and screen reader',
  { timeout: 240_000 },
  async (t) => {
    const { camd, url, feed } = await wall(t);
    const context = await browser(t, SCREEN);
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const wrong: string[] = [];
    let sockets = 0;
    page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
    page.on('pageerror', ({ message }) => wrong.push(message));
    page.on('websocket', () => sockets++);

    await page.goto(url);
    await page.locator('canvas[data-seq]').nth(11).waitFor();
    const before = await pictures(page);
    await until(
      async () => (await pictures(page)).every((picture, index) => picture !== before[index]),
      'all twelve pictures to change',
      PATIENCE,
    );
    t.equal(before.length, 12);
    t.equal(sockets, 1, 'over one connection');
    t.equal(await page.title(), 'Workshop');
    t.same(
      await page.locator('.name').allTextContents(),
      NAMES.map((name) => (name === 'c2' ? 'Front door' : name)),
    );
    for (const age of await page.locator('.age').allTextContents()) t.match(age, /^(now|\d+ s)$/, 'every age is shown');

    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      t.same(await violations(page), [], `no violations in the grid, ${colorScheme}`);
    }

    await page.keyboard.press('Tab');
    t.match(await focused(page), 'Arrange');
    await page.keyboard.press('Tab');
    t.equal(await focused(page), 'c1', 'the first camera comes first');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowRight');
    t.equal(await focused(page), 'Front door', 'arrow keys move from camera to camera');
    await page.keyboard.press('Enter');
    await page.locator('.single canvas[data-seq]').waitFor();
    t.equal(page.url(), `${url}c2`);
    t.equal(await focused(page), 'Front door', 'the heading has the focus');
    t.match(await page.title(), 'Front door');
    t.equal(await page.getByRole('link', { name: 'Snapshot' }).getAttribute('href'), `${url}c2/snapshot.jpg`);
    t.equal(await page.getByRole('link', { name: 'MJPEG stream' }).getAttribute('href'), `${url}c2/stream.mjpg`);
    await until(() => camd.status('viewer').metrics.viewers === 1, 'one viewer');
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      t.same(await violations(page), [], `no violations in the page of a camera, ${colorScheme}`);
    }
    await page.keyboard.press('ArrowRight');
    await page.getByRole('heading', { name: 'c3' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.tile').nth(11).waitFor();
    t.equal(page.url(), url);
    t.equal(await focused(page), 'c3', 'the focus returns to the last camera');

    feed(false);
    await page.locator('.tile[data-state=offline]', { hasText: 'c12' }).waitFor();
    t.match(await page.getByRole('status').textContent(), 'c12 is offline.');
    t.match(await page.locator('.summary').textContent(), /of 12 live/);
    t.match(
      await page.locator('.tile[data-state=offline] .notice').first().textContent(),
      /Offline\s*(The last picture is \d+ s old|No picture has come for \S+)\./,
      'with the reason',
    );
    t.same(await violations(page), [], 'no violations with a camera offline');
    feed(true);
    await page.locator('.tile[data-state=live]', { hasText: 'c12' }).waitFor();
    await until(
      async () => (await page.getByRole('status').textContent())?.includes('c12 is live again.'),
      'the status message',
    );
    t.same(wrong, [], 'no errors in the browser');

    feed(false);
    await camd.stop();
    await page.locator('.lost').waitFor();
    t.match(await page.locator('.lost').textContent(), 'Connection lost');
    const filters = await page
      .locator('canvas')
      .evaluateAll((all) => all.map((canvas) => getComputedStyle(canvas).filter));
    t.ok(
      filters.every((filter) => filter.includes('grayscale(1)')),
      'every picture is grey at once',
    );
    t.match(await page.getByRole('status').textContent(), 'Connection lost.');
  },
);

t.test(
  'the page works below a path of a reverse proxy, and reports a proxy that does not forward WebSocket',
  async (t) => {
    const camd = await run(
      t,
      dedent`
      camd: 1
      cameras: { gate: The gate }
      pipeline:
        gate: { use: source/test-pattern, size: 160x90, fps: 2 }
        latest: { use: cache/latest, from: gate }
        web: { use: http/server, listen: 127.0.0.1:0 }
        viewer: { use: http/viewer, on: web, from: latest, path: /wall }
        snapshot: { use: http/snapshot, on: web, from: latest, path: /snapshot.jpg }
        disk: { use: store/disk, path: kept, from: latest, min_free: 0B, durable: false }
        history: { use: http/history, on: web, from: disk, path: /old/days }
    `,
    );
    const to = `${camd.port('web', 'server').origin}/;`;
    const host = 'proxy_set_header Host $http_host;';
    const origin = await nginx(
      t,
      `location /shop/ { proxy_pass ${to} ${host} ${UPGRADE} } location /deaf/ { proxy_pass ${to} ${host} }`,
    );
    const page = await (await browser(t, SCREEN)).newPage();
    await page.setViewportSize({ width: 390, height: 800 });
    page.setDefaultTimeout(PATIENCE);

    await page.goto(`${origin}/shop/wall`);
    await page.locator('.tile canvas[data-seq]').waitFor();
    await page.locator('.tile').click();
    await page.locator('.single canvas[data-seq]').waitFor();
    t.equal(page.url(), `${origin}/shop/wall/gate`);
    const link = await page.getByRole('link', { name: 'Snapshot' }).getAttribute('href');
    t.equal(link, `${origin}/shop/snapshot.jpg`);
    t.equal((await fetch(String(link))).status, 200);
    await page.getByRole('link', { name: 'History' }).click();
    await page.locator('#picture').waitFor();
    t.match(page.url(), `${origin}/shop/old/days?camera=gate`);
    t.equal(await page.getByRole('heading').textContent(), 'The gate');
    await page.getByRole('link', { name: 'Live' }).click();
    await page.locator('.single canvas[data-seq]').waitFor();
    t.equal(page.url(), `${origin}/shop/wall/gate`, 'the history links back to the camera');
    await page.reload();
    await page.locator('.single canvas[data-seq]').waitFor();
    await page.getByRole('link', { name: 'All cameras' }).click();
    await page.locator('.tile canvas[data-seq]').waitFor();
    const hide = (hidden: boolean): Promise<void> =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { value, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    const watched = (): number | undefined => camd.status('viewer').metrics.cameras_watched;
    t.equal(watched(), 1);
    await hide(true);
    await until(() => watched() === 0, 'a hidden page to request no camera');
    await hide(false);
    await until(() => watched() === 1, 'the page to request it again');
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    t.ok(overflow <= 0, 'nothing overflows a narrow screen');

    await page.goto(`${origin}/deaf/wall`);
    await page.locator('.lost', { hasText: 'must forward WebSocket' }).waitFor();
    t.same(await violations(page), []);
  },
);
