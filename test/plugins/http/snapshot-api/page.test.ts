// The page of http/snapshot-api in Chromium: buttons, results, download, keyboard, phone and dark, and no inline script.

import { writeFile } from 'node:fs/promises';
import t from 'tap';
import { violations } from '../../../support/axe.ts';
import { browser } from '../../../support/browser.ts';
import { dedent } from '../../../support/dedent.ts';
import { fakeCameras } from '../../../support/fake-v4l2.ts';
import { run } from '../../../support/harness.ts';

const PHONE = { width: 390, height: 844 };

const profile = (left: string, right: string): string => dedent`
  camd: 1
  control: false
  pipeline:
    eyes:
      use: source/v4l2
      mode: still
      cameras:
        left: { device: ${left}, stereo: true }
        right: { device: ${right}, stereo: true }
    disk: { use: store/disk, from: eyes, path: pictures }
    web: { use: http/server, listen: 127.0.0.1:0 }
    api: { use: http/snapshot-api, on: web, from: disk, cameras: eyes, title: 'Eyes & ears', path: /eyes }
    history: { use: http/history, on: web, from: disk }
`;

t.test('a picture is taken by keyboard and shown with its details; failures are reported', async (t) => {
  const cameras = await fakeCameras(t);
  const camd = await run(t, profile(cameras.plug('left'), cameras.plug('right')));
  await camd.state('eyes', 'running');
  const page = await (await browser(t)).newPage();
  const errors: string[] = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.message));

  const answer = await page.goto(`${camd.port('web', 'server').origin}/eyes`);
  await page.getByRole('button', { name: 'Stereo' }).waitFor();
  t.same(await page.getByRole('button').allTextContents(), ['left', 'right', 'All cameras', 'Stereo']);
  t.equal(await page.title(), 'Eyes & ears');
  await page.keyboard.press('Tab');
  t.equal(await page.evaluate(() => document.activeElement?.textContent), 'left');
  await page.keyboard.press('Enter');
  await page.locator('#results img').first().waitFor();
  await page.getByText('Taken: 1').waitFor();
  t.equal(await page.evaluate(() => document.activeElement?.textContent), 'left', 'the focus stays');

  await page.getByRole('button', { name: 'Stereo' }).click();
  await page.getByText('Taken: 2').waitFor();
  t.match(
    await page.locator('#results li').first().textContent(),
    /^left.*Taken within \d+\.\d ms of the others\..*Download/,
  );
  const download = (await page.getByRole('link', { name: 'Download' }).first().getAttribute('href')) ?? '';
  t.match(download, /^\/eyes\/download\//);
  t.equal(await page.getByRole('link', { name: 'Time line' }).first().getAttribute('href'), '/history');

  cameras.unplug('right');
  await page.getByRole('button', { name: 'All cameras' }).click();
  await page.getByText('Taken: 1, failed: 1').waitFor();
  t.match(await page.locator('#results .failure').textContent(), /^right.*Capture failed: /);

  t.same(await violations(page), []);
  if (process.env.API_SHOTS) await writeFile(`${process.env.API_SHOTS}/light.png`, await page.screenshot());
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize(PHONE);
  t.same(await violations(page), []);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  t.ok(wide <= 0, 'no sideways scrolling on a phone');
  if (process.env.API_SHOTS) await writeFile(`${process.env.API_SHOTS}/dark.png`, await page.screenshot());
  t.match(answer?.headers()['content-security-policy'] ?? '', /script-src 'self'/);
  t.same(errors, []);
});
